"""How many samples a plan needs, and what so many can show."""

from __future__ import annotations

import numpy as np
import pytest

from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.errors import UserError
from omiti2v.plan.bounds import fixed_drift
from omiti2v.plan.sizes import Assumption, measured_spread, samples_needed, smallest_effect

DRIFT = fixed_drift(alpha=0.05, power=0.8)


def needed(effect: float, *, takes: int = 1, score: str = "accuracy", spread: float = 0.3) -> int:
    return samples_needed(
        effect,
        assumption=Assumption(spread=spread),
        takes=takes,
        drift=DRIFT,
        score=score,  # type: ignore[arg-type]
    )


def test_a_mean_of_fractions_takes_little_more_than_the_formula_of_normal_means() -> None:
    plain = DRIFT**2 * (0.3**2 + 0.05**2) / 0.05**2
    assert plain < needed(0.05) < 1.06 * plain


def test_a_score_of_ones_and_zeros_pays_for_its_steps() -> None:
    assert needed(0.05, score="success") > needed(0.05)
    assert needed(0.05, score="success", takes=100) == needed(0.05, takes=100)


def test_takes_lessen_what_is_between_takes_alone() -> None:
    assert Assumption(spread=0.4, within=1).at(4) == pytest.approx(0.2)
    assert Assumption(spread=0.4, within=0).at(4) == pytest.approx(0.4)
    assert Assumption(spread=0.4, within=0.5).at(2) ** 2 == pytest.approx(0.75 * 0.16)


def test_the_smallest_effect_is_the_smallest() -> None:
    assumption = Assumption(spread=0.35)
    least = smallest_effect(
        367, assumption=assumption, takes=1, drift=DRIFT, score="semantic_average"
    )
    assert least is not None
    assert needed(least, spread=0.35) <= 367 < needed(least - 0.001, spread=0.35)
    none = smallest_effect(3, assumption=assumption, takes=1, drift=DRIFT, score="success")
    assert none is None


def test_the_spread_of_two_runs_is_that_of_their_samples() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random(200), rng.random(200)
    score = PairedScore((PairedRatio(a, b, np.ones(200)),))
    found = measured_spread(score, takes=1, source="a and b")
    assert found.spread == pytest.approx(np.std(b - a, ddof=1))
    assert found.source == "a and b"
    # The same numbers as means of four takes: one take scatters more.
    assert measured_spread(score, takes=4, source="x").at(4) == pytest.approx(found.spread)
    alike = PairedScore((PairedRatio(a, a, np.ones(200)),))
    with pytest.raises(UserError, match="no spread"):
        measured_spread(alike, takes=1, source="a twice")
