"""Each rule about a single question catches a question that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.annotation_linter.questions import question_problems
from omiti2v.samples import Sample

Build = Callable[..., Sample]

END = "at the end of the video?"


def rules(sample: Sample) -> set[str]:
    return {problem.rule for problem in question_problems(sample, sample.questions[0])}


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
        ({"question": f"Is there a camel at the left edge {END}", "dimension": "state"}, "border"),
        ({"question": f"Is the camel gone and is the sky grey {END}"}, "two facts"),
        ({"question": "Does the camel leave while the other stands there?"}, "two facts"),
        ({"dimension": "beauty"}, "dimension"),
        ({"dimension": "subject_preservation"}, "dimension"),
        ({"reference_answer": None}, "reference_answer"),
        ({"expected_answer": "no", "reference_answer": "yes"}, "reference_answer"),
    ],
)
def test_a_question_that_breaks_a_rule_is_named(
    build: Build, changed: dict[str, Any], rule: str
) -> None:
    assert rule in rules(build({1: changed}))


def test_two_nouns_joined_by_and_are_one_fact(build: Build) -> None:
    question = {"question": "Does the cup and saucer set slide through the left edge?"}
    assert "two facts" not in rules(build({1: question}))


def test_a_question_may_begin_with_its_time(build: Build) -> None:
    begins = {"question": "By the end of the video, has the young camel gone?"}
    assert rules(build({1: begins})) == set()
    begins = {"question": "At the end of the video, where is the young camel?"}
    assert rules(build({1: begins})) == {"question opening"}
