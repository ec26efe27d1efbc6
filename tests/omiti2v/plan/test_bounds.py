"""Bounds of group-sequential designs, against published tables and against drawn walks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import brentq

from omiti2v.plan.bounds import (
    Design,
    course,
    efficacy_bounds,
    fixed_drift,
    futility_bounds,
    make_design,
    spent,
)

QUARTERS = [0.25, 0.5, 0.75, 1.0]


def error(shares: Sequence[float], bounds: Sequence[float]) -> float:
    """The chance to leave symmetric bounds where nothing differs."""
    design = Design(tuple(shares), tuple(bounds), tuple(-z for z in bounds), drift=0.0)
    found = course(design, 1.0)
    return sum(found.b_better) + sum(found.a_better)


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [
        (2, 2.178, 1.977),
        (3, 2.289, 2.004),
        (4, 2.361, 2.024),
        (5, 2.413, 2.040),
        (10, 2.555, 2.087),
    ],
)
def test_published_constants_have_an_error_of_five_per_cent(
    looks: int, pocock: float, obrien_fleming: float
) -> None:
    """Jennison and Turnbull (2000), tables 2.1 and 2.3, alpha 0.05, three digits."""
    shares = np.arange(1, looks + 1) / looks
    assert error(shares, [pocock] * looks) == pytest.approx(0.05, abs=1e-4)
    bounds = obrien_fleming / np.sqrt(shares)
    assert error(shares, bounds) == pytest.approx(0.05, abs=1e-4)


def test_spending_starts_at_nothing_and_ends_at_all() -> None:
    assert spent(0, gamma=-1) == 0
    assert spent(1, gamma=-1) == 1
    # rpact: asHSD, gamma -1, alpha 0.07 at 20 and 40 per cent.
    assert 0.07 * spent(0.2, gamma=-1) == pytest.approx(0.0090195874, abs=1e-9)
    assert 0.07 * spent(0.4, gamma=-1) == pytest.approx(0.020036136, abs=1e-9)


def test_the_bounds_are_those_of_gsdesign() -> None:
    """Its default design: three looks, alpha 0.025 one-sided, power 0.9, HSD -4 and -2."""
    shares = [1 / 3, 2 / 3, 1]
    better = efficacy_bounds(shares, alpha=0.05, gamma=-4)
    assert better == pytest.approx((3.0107, 2.5465, 1.9992), abs=1e-4)

    def futile(drift: float) -> tuple[float, ...]:
        return futility_bounds(shares, better, beta=0.1, drift=drift, gamma=-2)

    drift = brentq(lambda drift: futile(drift)[-1] - better[-1], 3, 4)
    assert futile(drift) == pytest.approx((-0.2387, 0.9411, 1.9992), abs=1e-4)
    inflation = (drift / fixed_drift(alpha=0.05, power=0.9)) ** 2
    assert inflation == pytest.approx(1.0699, abs=1e-4)


def test_the_bounds_are_those_of_rpact() -> None:
    """One-sided 0.07 with HSD -1; ours counts both sides, which matters in the fourth digit."""
    better = efficacy_bounds([0.2, 0.4, 1], alpha=0.14)
    assert better == pytest.approx((2.364813, 2.1928805, 1.5660474), abs=2e-4)


def test_a_single_look_is_the_ordinary_test() -> None:
    design = make_design([1.0], alpha=0.05, power=0.8)
    assert design.better[0] == pytest.approx(1.959964, abs=1e-5)
    assert design.drift == pytest.approx(2.801585, abs=1e-5)


def test_a_design_has_its_error_and_its_power() -> None:
    design = make_design(QUARTERS, alpha=0.05, power=0.8)
    assert error(QUARTERS, design.better) == pytest.approx(0.05, abs=1e-9)
    assert sum(course(design, 1).b_better) == pytest.approx(0.8, abs=1e-6)
    for effect in (0.0, 1.0, 2.0):
        ends = course(design, effect)
        assert sum(ends.b_better + ends.a_better + ends.futile) == pytest.approx(1, abs=1e-9)


def test_four_looks_take_as_many_videos_as_drawn_walks_do() -> None:
    design = make_design(QUARTERS, alpha=0.05, power=0.8)
    rng = np.random.default_rng(0)
    for effect in (0.0, 1.0, 2.0):
        steps = rng.normal(effect * design.drift / 4, 0.5, (40_000, 4))
        z = steps.cumsum(axis=1) / np.sqrt(QUARTERS)
        is_over = (np.abs(z) >= design.better) | (z < design.futile)
        used = np.array(QUARTERS)[is_over.argmax(axis=1)]
        assert course(design, effect).samples == pytest.approx(used.mean(), abs=0.005)


@pytest.mark.parametrize(
    ("looks", "alpha", "power"),
    [(10, 0.001, 0.99), (10, 0.2, 0.5), (2, 0.2, 0.99), (1, 0.001, 0.5)],
)
def test_every_plan_that_can_be_asked_for_has_bounds(
    looks: int, alpha: float, power: float
) -> None:
    shares = [(k + 1) / looks for k in range(looks)]
    design = make_design(shares, alpha=alpha, power=power)
    assert all(low <= high for low, high in zip(design.futile, design.better, strict=True))
    assert sum(course(design, 1).b_better) == pytest.approx(power, abs=1e-4)
