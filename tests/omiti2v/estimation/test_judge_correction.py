"""Corrected shares: right on average, honest at the edges, refused where the judge guesses."""

from __future__ import annotations

import numpy as np
import pytest

from omiti2v.bootstrap import Vector
from omiti2v.estimation.judge_correction import Corrected, Trials, average, correct, refusal_of

Rng = np.random.Generator


def trials(rng: Rng, *, hit: float, false: float, scenes: int = 40) -> Trials:
    """One right and seven wrong clips a scene."""
    return Trials(
        np.stack([np.ones(scenes), rng.random(scenes) < hit], axis=1),
        np.stack([np.full(scenes, 7.0), rng.binomial(7, false, scenes)], axis=1),
    )


def exact(hit: float, false: float) -> Trials:
    """A hundred scenes that are all as the rates say."""
    side = [np.tile([10.0, 10 * rate], (100, 1)) for rate in (hit, false)]
    return Trials(*side)


def corrected(judged: Vector, given: Trials) -> Corrected:
    asked = np.ones((len(judged), 1))
    covered = np.ones(len(judged), dtype=np.bool_)
    return correct(judged[:, None], asked, [given.rates], covered=covered)


def test_the_estimate_is_rogan_and_gladen_s() -> None:
    judged = np.array([1.0] * 34 + [0.0] * 66)
    found = corrected(judged, exact(0.8, 0.1))
    assert found.value == pytest.approx((0.34 - 0.1) / 0.7)


def test_questions_of_two_kinds_are_corrected_by_their_own_rates() -> None:
    asked = np.tile([0.5, 0.5], (20, 1))
    judged = np.tile([0.5 * 0.62, 0.5 * 0.3], (20, 1))
    rates = [exact(0.9, 0.2).rates, exact(0.7, 0.1).rates]
    found = correct(judged, asked, rates, covered=np.ones(20, dtype=np.bool_))
    assert found.value == pytest.approx((0.6 + 1 / 3) / 2)


def test_what_has_no_video_is_known_to_be_wrong() -> None:
    judged, asked = np.array([[1.0], [0.0]]), np.array([[1.0], [0.0]])
    found = correct(judged, asked, [exact(1, 0).rates], covered=np.ones(2, dtype=np.bool_))
    assert found.value == 0.5


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.9])
def test_intervals_carry_both_uncertainties(truth: float) -> None:
    rng = np.random.default_rng(5)
    covered = plain = 0
    for _ in range(300):
        is_right = rng.random(300) < truth
        judged = np.where(is_right, rng.random(300) < 0.7, rng.random(300) < 0.1) * 1.0
        low, high = corrected(judged, trials(rng, hit=0.7, false=0.1)).interval
        covered += low <= truth <= high
        half = 1.96 * judged.std() / np.sqrt(300)
        plain += abs(judged.mean() - truth) <= half
    assert covered / 300 >= 0.92
    if abs(truth * 0.7 + (1 - truth) * 0.1 - truth) > 0.05:
        assert plain / 300 < 0.5


def test_no_error_seen_is_no_error_known() -> None:
    low, high = corrected(np.zeros(48), exact(1, 0)).interval
    assert low <= 0 < 0.04 < high


def test_errors_that_both_runs_share_cancel_in_their_difference() -> None:
    rng = np.random.default_rng(6)
    given = trials(rng, hit=0.6, false=0.2)
    one = (rng.random(200) < 0.4) * 1.0
    same = corrected(one, given).minus(corrected(one.copy(), given))
    assert same.value == 0
    low, high = same.interval
    assert low < 0 < high
    alone = corrected(one, given).interval
    assert high - low < (alone[1] - alone[0]) / 2


def test_an_average_is_over_its_parts() -> None:
    rng = np.random.default_rng(7)
    given = trials(rng, hit=0.9, false=0.1)
    parts = [corrected((rng.random(50) < p) * 1.0, given) for p in (0.2, 0.6)]
    assert average(parts).value == pytest.approx((parts[0].value + parts[1].value) / 2)


def test_a_judge_that_guesses_is_not_corrected() -> None:
    assert "too weak" in (refusal_of(exact(0.5, 0.45)) or "")
    assert "too few" in (
        refusal_of(trials(np.random.default_rng(0), hit=1, false=0, scenes=9)) or ""
    )
    assert "too few" in (refusal_of(Trials(*np.zeros((2, 1, 2)))) or "")
    assert refusal_of(exact(0.9, 0.1)) is None
