"""Each rule about a single sample or question catches a sample that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.annotation_linter.sample_rules import sample_problems
from omiti2v.samples import Sample

Build = Callable[..., Sample]

END = "at the end of the video?"


def rules(sample: Sample) -> set[str]:
    return {problem.rule for problem in sample_problems(sample)}


def test_a_faultless_sample_has_no_problems(build: Build) -> None:
    assert list(sample_problems(build())) == []


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"id": "addition-001"}, "id"),
        ({"id": "deletion-1"}, "id"),
        ({"licence": None}, "missing field"),
        ({"expected_change": "It is  gone"}, "spaces"),
        ({"subcategory": "weather"}, "subcategory"),
        ({"domain": "Animals"}, "domain"),
        ({"prompt": "The camel walks away"}, "prompt length"),
        ({"prompt": "word " * 40 + "word"}, "prompt length"),
        ({"prompt": "The camel in the image turns around and trots off"}, "forbidden wording"),
        ({"caption_before": "A camel"}, "caption length"),
        ({"caption_after": "A large camel and a young camel on a dry plain"}, "captions"),
        ({"subcategory": "text"}, "text"),
    ],
)
def test_a_field_that_breaks_a_rule_is_named(
    build: Build, fields: dict[str, Any], rule: str
) -> None:
    assert rule in rules(build(**fields))


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"question": f"Gone {END}"}, "question opening"),
        ({"question": "Is the camel gone?"}, "question length"),
        ({"question": "Is the young camel out of view?"}, "no time"),
        ({"question": "Does the young camel leave through the left edge"}, "question form"),
        ({"question": f"Is the camel still on the plain {END}"}, "forbidden wording"),
        ({"question": f"Is the plain in the image empty {END}"}, "forbidden wording"),
        ({"question": f"Is the camel not on the plain {END}"}, "forbidden wording"),
        ({"question": f"Is the camel gone and is the sky grey {END}"}, "two facts"),
        ({"question": "Does the camel leave while the other stands there?"}, "two facts"),
        ({"dimension": "beauty"}, "dimension"),
        ({"dimension": "subject_preservation"}, "dimension"),
        ({"reference_answer": None}, "reference_answer"),
        ({"expected_answer": "no", "reference_answer": "yes"}, "reference_answer"),
        ({"id": "q9"}, "question ids"),
        ({"question": "Does the large camel leave through the right edge?"}, "repeated question"),
    ],
)
def test_a_question_that_breaks_a_rule_is_named(
    build: Build, changed: dict[str, Any], rule: str
) -> None:
    assert rule in rules(build({1: changed}))


@pytest.mark.parametrize(
    ("number", "answer"),
    [(1, "no"), (3, "yes"), (4, "no")],
    ids=["edit yes", "edit no", "preserve yes"],
)
def test_each_sample_needs_its_three_kinds_of_question(
    build: Build, number: int, answer: str
) -> None:
    sample = build({number: {"expected_answer": answer}})
    assert "roles" in rules(sample)


def test_two_nouns_joined_by_and_are_one_fact(build: Build) -> None:
    question = {"question": "Does the cup and saucer set slide through the left edge?"}
    assert "two facts" not in rules(build({1: question}))


def test_three_to_six_questions_are_expected(build: Build) -> None:
    questions = build().questions
    assert "question count" in rules(build().model_copy(update={"questions": questions[:2]}))


def test_a_question_may_begin_with_its_time(build: Build) -> None:
    begins = {"question": "By the end of the video, has the young camel gone?"}
    assert rules(build({1: begins})) == set()
    begins = {"question": "At the end of the video, where is the young camel?"}
    assert rules(build({1: begins})) == {"question opening"}
