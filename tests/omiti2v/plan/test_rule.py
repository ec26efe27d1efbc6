"""What one look says, on differences that are chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.plan.record import planned_looks
from omiti2v.plan.rule import Look, take_look

PLANNED = planned_looks([88, 175, 263, 350], alpha=0.05, power=0.8)


def look_at(
    differences: Sequence[float], *, number: int = 1, last: bool = False, effect: float = 0.06
) -> Look:
    values = np.zeros(PLANNED[number - 1].samples)
    values[: len(differences)] = differences
    score = PairedScore((PairedRatio(np.zeros(len(values)), values, np.ones(len(values))),))
    return take_look(score, PLANNED[number - 1], number=number, effect=effect, is_last=last, seed=0)


def test_a_run_that_gains_enough_is_better_whichever_it_is() -> None:
    up, down = look_at([1.0] * 12), look_at([-1.0] * 12)
    assert (up.decision, down.decision) == ("b_better", "a_better")
    assert up.low > 0
    assert (up.low, up.high) == pytest.approx((-down.high, -down.low))


def test_a_few_samples_that_differ_all_one_way_are_not_enough() -> None:
    """Seven of seven: an exact p of 1/64, where the look needs 1/120."""
    found = look_at([1.0] * 7)
    assert found.p_value == pytest.approx(2 / 2**7)
    assert found.decision == "go_on"
    assert found.low <= 0 <= found.high


def test_no_difference_in_few_samples_does_not_exclude_a_small_one() -> None:
    assert look_at([], effect=0.02).decision == "go_on"
    assert look_at([], effect=0.06).decision == "not_worth_it"
    assert look_at([], effect=0.06).upper > 0


def test_a_loss_is_not_worth_it_before_it_is_a_proven_one() -> None:
    found = look_at([-1.0] * 6)
    assert found.decision == "not_worth_it"
    assert found.high >= 0


def test_the_last_look_decides_nothing_where_samples_scatter_more_than_assumed() -> None:
    scattered = [1.0] * 90 + [-1.0] * 75
    found = look_at(scattered, number=4, last=True)
    assert found.decision == "undecided"
    assert found.upper >= 0.06
    assert look_at(scattered, number=4).decision == "go_on"


def test_fractions_are_tested_too_and_alike_each_time() -> None:
    rng = np.random.default_rng(5)
    values = rng.choice([-0.25, 0.0, 0.25, 0.5], size=88, p=[0.2, 0.3, 0.3, 0.2])
    found = look_at(values.tolist())
    assert found == look_at(values.tolist())
    assert found.decision == "b_better"
    assert found.difference == pytest.approx(values.mean())
