"""Means anchored in people: as ppi-python has them, and honest where few or none disagree."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from omiti2v.estimation.anchored_scores import anchored_difference
from omiti2v.estimation.prediction_powered import AnchoredMean, anchored_mean

PPI_PYTHON = json.loads((Path(__file__).parents[2] / "data" / "ppi_python.json").read_text())
"""Inputs, and what `ppi_mean_pointestimate` and `ppi_mean_ci` of ppi-python 0.2.3 make of them."""


def mean_of(judge: list[float], people: list[float], **options: object) -> AnchoredMean:
    """The first samples are answered, all with one chance."""
    answered = len(people)
    padded = np.array([*people, *[np.nan] * (len(judge) - answered)])
    chance = np.full(len(judge), answered / len(judge))
    found = anchored_mean(np.array(judge), padded, chance, **options)  # type: ignore[arg-type]
    assert found
    return found


@pytest.mark.parametrize("case", PPI_PYTHON["cases"], ids=lambda case: case["kind"])
def test_the_estimate_is_that_of_ppi_python(case: dict[str, list[float]]) -> None:
    """But for lambda: ours divides by the variance over the answered samples alone."""
    labels, judged = np.array(case["labels"]), np.array(case["judged"])
    everyone = np.concatenate([judged, case["unlabeled"]])
    found = mean_of(everyone.tolist(), case["labels"])
    own = case["lam"] * everyone.var(ddof=1) / judged.var()
    assert own < 1
    theirs = labels.mean() + own * (np.mean(case["unlabeled"]) - judged.mean())
    assert found.value == pytest.approx(theirs, abs=1e-12)
    # At their lambda that is their estimate.
    assert labels.mean() + case["lam"] * (
        np.mean(case["unlabeled"]) - judged.mean()
    ) == pytest.approx(case["estimate"], abs=1e-12)
    error = (case["high"] - case["low"]) / (2 * 1.959964)
    # Of few answers ours is larger, by what the made-up samples add.
    assert np.linalg.norm(found.contributions) == pytest.approx(error, rel=0.12)
    assert found.error > error


def test_chances_of_their_own_are_weighed_by_hand() -> None:
    judge = np.zeros(8)
    people = np.array([1, 0, 1, 0, 1, 1, np.nan, np.nan])
    chance = np.array([0.9, 0.9, 0.5, 0.5, 0.5, 1, 0.5, 0.25])
    found = anchored_mean(judge, people, chance)
    assert found
    weights = 1 / chance[:5]
    others = float(np.sum(weights * people[:5]) / weights.sum())
    assert found.value == pytest.approx((7 * others + 1) / 8)


def test_agreement_of_all_that_is_answered_does_not_leave_a_width_of_0() -> None:
    judge = [1.0, 0.0, 1.0, 1.0] * 100
    found = mean_of(judge, judge[:60])
    assert found.error_of_these > 0.0125


def test_what_people_answered_in_full_is_known_of_these_samples() -> None:
    people = [1.0] * 30 + [0.0] * 10
    found = mean_of([0.5] * 40, people)
    assert found.value == 0.75
    assert found.error_of_these == 0
    low, high = found.interval
    assert low < 0.7 < 0.8 < high


def test_too_few_answers_anchor_nothing() -> None:
    chance = np.full(40, 0.1)
    people = np.array([1.0] * 4 + [np.nan] * 36)
    assert anchored_mean(np.ones(40), people, chance) is None
    assert anchored_mean(np.ones(0), np.ones(0), np.ones(0)) is None


def test_the_average_of_groups_weighs_each_alike() -> None:
    groups = np.repeat([0, 1], [30, 10])
    people = np.where(groups == 0, 1.0, 0.0)
    people[5:30] = np.nan
    people[36:] = np.nan
    chance = np.where(groups == 0, 5 / 30, 6 / 10)
    found = anchored_mean(np.zeros(40), people, chance, groups=groups)
    assert found
    assert found.value == pytest.approx(0.5)


def test_intervals_cover_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    chance = np.full(200, 40 / 200)
    covered = 0
    bias = []
    for _ in range(400):
        truth = (rng.random(200) < 0.3) * 1.0
        judge = np.where(rng.random(200) < 0.15, 1 - truth, truth)
        people = np.where(np.arange(200) < 40, truth, np.nan)
        found = anchored_mean(judge, people, chance)
        assert found
        covered += found.interval[0] <= 0.3 <= found.interval[1]
        bias.append(found.value - 0.3)
    assert 0.92 <= covered / 400 <= 0.99
    assert abs(np.mean(bias)) < 0.01


def test_a_difference_gains_from_people_answering_the_same_samples() -> None:
    rng = np.random.default_rng(4)
    truth = rng.random(200) < 0.5
    better = truth | (rng.random(200) < 0.2)
    first, second = rng.random((2, 200)) < 0.5
    one = mean_of(first.astype(float).tolist(), truth[:60].astype(float).tolist())
    other = mean_of(second.astype(float).tolist(), better[:60].astype(float).tolist())
    value, low, high = anchored_difference(one, other)
    assert value == pytest.approx(other.value - one.value)
    assert low < value < high
    assert high - low < np.hypot(*(np.diff(mean.interval)[0] for mean in (one, other)))


def test_more_answers_are_expected_to_narrow_the_interval_as_they_do() -> None:
    rng = np.random.default_rng(5)
    truth = (rng.random(400) < 0.5) * 1.0
    judge = np.where(rng.random(400) < 0.2, 1 - truth, truth)
    few = mean_of(judge.tolist(), truth[:60].tolist())
    many = mean_of(judge.tolist(), truth[:240].tolist())
    assert few.width_with(60) == pytest.approx(np.diff(few.interval)[0], rel=0.02)
    assert few.width_with(240) == pytest.approx(np.diff(many.interval)[0], rel=0.15)
