"""Every sample has exactly one outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiti2v.outcomes import OUTCOMES, sample_outcome
from omiti2v.responses import Answer
from omiti2v.samples import Question, Sample

# The questions of `make_samples`: q1 edit for yes, q2 edit for no, q3 preserve for yes, q4 for no.
RIGHT: dict[str, Answer] = {"q1": "yes", "q2": "no", "q3": "yes", "q4": "no"}
STILL: dict[str, Answer] = {"q1": "no", "q2": "yes", "q3": "yes", "q4": "no"}


@pytest.fixture
def sample(make_samples: Callable[..., tuple[Sample, ...]]) -> Sample:
    return make_samples(1)[0]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (RIGHT, "success"),
        (STILL, "negligent"),
        ({}, "unscored"),
        (RIGHT | {"q2": "yes"}, "partial"),
        (RIGHT | {"q3": "no"}, "broken"),
        (STILL | {"q4": "yes"}, "broken"),
        ({"q1": "no", "q2": "no", "q3": "no", "q4": "no"}, "broken"),  # a black clip
        (RIGHT | {"q1": "unknown", "q2": "error"}, "unscored"),
        (RIGHT | {"q1": "unknown", "q2": "error", "q3": "no"}, "unscored"),
        (RIGHT | {"q4": "unknown"}, "partial"),
        (STILL | {"q1": "unknown"}, "negligent"),
        (STILL | {"q3": "unknown"}, "negligent"),
        (RIGHT | {"q1": "error"}, "partial"),
    ],
)
def test_the_first_rule_that_applies_decides(
    sample: Sample, answers: Mapping[str, Answer], outcome: str
) -> None:
    assert sample_outcome(sample, answers) == outcome


@given(
    answers=st.dictionaries(
        st.sampled_from(["q1", "q2", "q3", "q4"]),
        st.sampled_from(["yes", "no", "unknown", "error"]),
    )
)
def test_any_answers_have_one_outcome(
    make_samples: Callable[..., tuple[Sample, ...]], answers: dict[str, Answer]
) -> None:
    outcome = sample_outcome(make_samples(1)[0], answers)
    assert outcome in OUTCOMES
    assert (outcome == "success") == (answers == RIGHT)


def test_without_reference_answers_there_is_no_outcome(sample: Sample) -> None:
    question = Question(id="q1", question="?", dimension="count", expected_answer="yes")
    official = sample.model_copy(update={"questions": (question,)})
    with pytest.raises(ValueError, match="no reference answer"):
        sample_outcome(official, {"q1": "yes"})
