"""Verdicts in words: the better one first, and nothing beside them that they leave unexplained."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omiti2v.comparison import Comparison, compare_runs
from omiti2v.comparison.words import family_in_words, verdicts_in_words
from omiti2v.editions import Edition
from omiti2v.responses import Answer
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

BETTER = {"difference": 0.25, "verdict": "higher", "low": 0.1, "high": 0.4, "p_value": 0.001}
UNKNOWN = {"difference": 0.1, "verdict": "not told apart", "low": -0.1, "high": 0.3, "p_value": 0.2}


@pytest.fixture
def comparison(edition: Edition, make_run: Callable[..., Run]) -> Comparison:
    def rule(sample: Sample, question: Question) -> Answer:
        return question.expected_answer

    return compare_runs(*(make_run(edition, name, rule) for name in "ab"), resamples=100)


def said(comparison: Comparison, of: str = "success", **numbers: object) -> str:
    """What is said of one score that has these numbers."""
    assert comparison.outcomes
    row = comparison.headline[of].model_copy(update=numbers)
    name = "negligent" if of == "negligence" else "success"
    changed = comparison.model_copy(update={"outcomes": {**comparison.outcomes, name: row}})
    return verdicts_in_words(changed, a="first", b="second")[of]


def test_the_better_one_is_named_first_also_where_less_is_better(comparison: Comparison) -> None:
    worse = BETTER | {"difference": -0.25, "verdict": "lower", "low": -0.4, "high": -0.1}
    assert said(comparison, **BETTER) == "second is 25.0 points higher than first"
    assert said(comparison, **worse) == "first is 25.0 points higher than second"
    assert said(comparison, "negligence", **BETTER) == "first is 25.0 points lower than second"
    assert said(comparison, "negligence", **worse) == "second is 25.0 points lower than first"


def test_what_alone_would_differ_and_in_its_family_does_not_is_explained(
    comparison: Comparison,
) -> None:
    assert said(comparison, **UNKNOWN) == "not told apart"
    numbers = UNKNOWN | {"low": 0.01, "p_value": 0.02, "p_adjusted": 0.08}
    assert said(comparison, **numbers) == (
        "not told apart: alone it would be (p = 0.0200), among 4 tests it is not (p = 0.0800)"
    )


def test_an_interval_that_seems_to_say_something_else_is_explained(comparison: Comparison) -> None:
    """The two are made in different ways, so their edges can differ by a little."""
    numbers = UNKNOWN | {"low": 0.001, "p_value": 0.061}
    assert said(comparison, **numbers) == (
        "not told apart: the interval just leaves out 0, but p = 0.0610"
    )
    assert said(comparison, **(BETTER | {"low": 0.0})) == (
        "second is 25.0 points higher than first (the interval, made another way, reaches 0)"
    )
    no_interval = BETTER | {"low": None, "high": None}
    assert said(comparison, **no_interval) == "second is 25.0 points higher than first"


def test_one_sample_says_nothing(comparison: Comparison) -> None:
    assert said(comparison, **(UNKNOWN | {"n": 1})) == "one sample: nothing to tell"


def test_the_family_is_named_with_its_size(comparison: Comparison) -> None:
    assert "over 4 tests together" in family_in_words(comparison)
    assert "of 1 pair given;" in family_in_words(comparison)
    board = comparison.model_copy(update={"pairs": 66, "pairs_of": "board"})
    assert "over 264 tests together" in family_in_words(board)
    assert "of all 66 pairs of the board;" in family_in_words(board)
    two = comparison.model_copy(update={"pairs_of": "board"})
    assert "of the board's only pair;" in family_in_words(two)
    assert family_in_words(comparison.model_copy(update={"family": ()})) == ""
