"""Each rule about a single sample catches a sample that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.annotation_linter.sample_rules import derived_problems, sample_problems
from omiti2v.samples import Sample

Build = Callable[..., Sample]


def rules(sample: Sample) -> set[str]:
    return {problem.rule for problem in sample_problems(sample)}


def test_a_faultless_sample_has_no_problems(build: Build) -> None:
    assert list(sample_problems(build())) == []


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"id": "addition-001"}, "id"),
        ({"id": "deletion-1"}, "id"),
        ({"people": None}, "missing field"),
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
        ({"id": "q9"}, "question ids"),
        ({"question": "Does the large camel leave through the right edge?"}, "repeated question"),
    ],
)
def test_questions_that_do_not_go_together_are_named(
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
    changed = {number: {"expected_answer": answer}}
    if number == 4:
        changed[5] = {"expected_answer": answer}
    assert "roles" in rules(build(changed))


def test_four_to_eight_questions_are_expected(build: Build) -> None:
    questions = build().questions
    assert "question count" in rules(build().model_copy(update={"questions": questions[:3]}))


def test_fields_that_follow_from_others_are_held_against_them(build: Build) -> None:
    assert list(derived_problems([build()])) == []
    found = {problem.place for problem in derived_problems([build(licence=None)])}
    assert found == {"deletion-001.licence"}
    small = build(target_area=0.01)
    assert [problem.message for problem in derived_problems([small])] == ["expected medium"]
