"""Bounds of a group-sequential design, by recursive numerical integration.

At a share t of the samples the score S(t) = Z(t) * sqrt(t) behaves like a Brownian motion with
drift, which is the expected Z at the end. The density of S where the comparison goes on is carried
from look to look by quadrature (Armitage, McPherson and Rowe 1969, "Repeated significance tests on
accumulating data", JRSS A 132(2), 235-244; Jennison and Turnbull 2000, "Group Sequential Methods
with Applications to Clinical Trials", chapter 19).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from omiti2v.bootstrap import Vector

ALPHA_GAMMA, BETA_GAMMA = -1.0, -2.0
"""Of the spending functions: how early the errors may be made; see `spent`."""

_NODES = 80
_FAR = 9.0
"""Beyond so many standard deviations nothing happens."""


def spent(share: float, *, gamma: float) -> float:
    """The share of an error that may be made by a share of the samples.

    Hwang, Shih and De Cani (1990), "Group sequential designs using a family of type I error
    probability spending functions", Statistics in Medicine 9(12), 1439-1445.

    Args:
        share: Of the samples, 0 to 1.
        gamma: Not 0; the smaller, the later the error is made.
    """
    return float(np.expm1(-gamma * share) / np.expm1(-gamma))


@dataclass(frozen=True)
class Design:
    """When to stop, on the scale of a standard normal statistic Z, positive where B is better.

    Attributes:
        shares: Of the samples at each look; the last is 1.
        better: B is better where Z is at least this, A where it is at most its negative.
        futile: B is not better by the planned effect where Z is below this; the last is that of
            `better`. Whoever goes on all the same makes no more errors (non-binding).
        drift: The expected Z at the last look where the planned effect is true.
    """

    shares: tuple[float, ...]
    better: tuple[float, ...]
    futile: tuple[float, ...]
    drift: float


@dataclass(frozen=True)
class Course:
    """What a design does under some true difference.

    Attributes:
        b_better, a_better, futile: Chance to stop with this at each look.
        samples: Expected share of the samples that are used.
    """

    b_better: tuple[float, ...]
    a_better: tuple[float, ...]
    futile: tuple[float, ...]
    samples: float


class _Walk:
    """The score where the comparison goes on: points, and the chance that each stands for."""

    def __init__(self, drift: float) -> None:
        self._drift = drift
        self._share = 0.0
        self._points: Vector = np.zeros(1)
        self.masses: Vector = np.ones(1)

    def above(self, z: float, share: float) -> float:
        """The chance to go on until `share` and have a statistic of at least `z` there."""
        step = share - self._share
        away = z * np.sqrt(share) - self._points - self._drift * step
        return float(self.masses @ ndtr(-away / np.sqrt(step)))

    def advance(self, share: float, low: float, high: float) -> None:
        """Go on at `share` where the statistic is from `low` to `high`."""
        step = share - self._share
        nodes, weights = _quadrature()
        middle, half = (high + low) / 2, (high - low) / 2
        points = np.sqrt(share) * (middle + half * nodes)
        away = (points[:, None] - self._points - self._drift * step) / np.sqrt(step)
        density = np.exp(-(away**2) / 2) @ self.masses / np.sqrt(2 * np.pi * step)
        self.masses = density * weights * half * np.sqrt(share)
        self._points, self._share = points, share


@cache
def _quadrature() -> tuple[Vector, Vector]:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return nodes, weights


def efficacy_bounds(
    shares: Sequence[float], *, alpha: float, gamma: float = ALPHA_GAMMA
) -> tuple[float, ...]:
    """Symmetric bounds that are left with a chance of `alpha` in all where nothing differs.

    Args:
        shares: Of the samples at each look, rising to 1.
        alpha: Two-sided.
        gamma: Of the spending function.
    """
    walk = _Walk(0.0)
    bounds: list[float] = []
    for share, increment in zip(shares, _increments(shares, alpha, gamma), strict=True):
        z = _solve(lambda z: 2 * walk.above(z, share), increment, 0.0)  # noqa: B023
        walk.advance(share, -z, z)
        bounds.append(z)
    return tuple(bounds)


def futility_bounds(
    shares: Sequence[float],
    better: Sequence[float],
    *,
    beta: float,
    drift: float,
    gamma: float = BETA_GAMMA,
) -> tuple[float, ...]:
    """Lower bounds that are crossed with a chance of `beta` in all under the planned effect.

    Args:
        shares: Of the samples at each look, rising to 1.
        better: The upper bounds, above which the comparison ends.
        beta: 1 - power.
        drift: Of the planned effect.
        gamma: Of the spending function.
    """
    walk = _Walk(drift)
    bounds: list[float] = []
    for share, high, increment in zip(
        shares, better, _increments(shares, beta, gamma), strict=True
    ):
        z = _solve(lambda z: walk.above(z, share), walk.masses.sum() - increment, -high)  # noqa: B023
        walk.advance(share, z, max(z, high))
        bounds.append(z)
    return tuple(bounds)


def make_design(shares: Sequence[float], *, alpha: float, power: float) -> Design:
    """The design of some looks: its bounds meet at the last one.

    Args:
        shares: Of the samples at each look, rising to 1.
        alpha: Two-sided, 0 to 1.
        power: To find B better where it is by the planned effect, above alpha.
    """
    better = efficacy_bounds(shares, alpha=alpha)
    fixed = fixed_drift(alpha=alpha, power=power)

    def gap(drift: float) -> float:
        bounds = futility_bounds(shares, better, beta=1 - power, drift=drift)
        return bounds[-1] - better[-1]

    drift = float(brentq(gap, 0.9 * fixed, 2 * fixed, xtol=1e-10))
    futile = futility_bounds(shares, better, beta=1 - power, drift=drift)
    return Design(tuple(shares), better, (*futile[:-1], better[-1]), drift)


def fixed_drift(*, alpha: float, power: float) -> float:
    """The drift that a single look at all samples needs."""
    return float(ndtri(1 - alpha / 2) + ndtri(power))


def course(design: Design, effect: float) -> Course:
    """What a design does where the true difference is `effect` times the planned one."""
    walk = _Walk(effect * design.drift)
    rows: list[tuple[float, float, float]] = []
    for share, high, low in zip(design.shares, design.better, design.futile, strict=True):
        going = walk.masses.sum()
        lost = going - walk.above(-high, share)
        rows.append((walk.above(high, share), lost, going - walk.above(low, share) - lost))
        walk.advance(share, low, high)
    stops = np.array(rows)
    b_better, a_better, futile = (tuple(column.tolist()) for column in stops.T)
    return Course(b_better, a_better, futile, float(stops.sum(axis=1) @ design.shares))


def _increments(shares: Sequence[float], error: float, gamma: float) -> Vector:
    total = [error * spent(share, gamma=gamma) for share in shares]
    return np.diff(total, prepend=0.0)


def _solve(chance: Callable[[float], float], wanted: float, low: float) -> float:
    """Where a falling chance is as wanted; the nearer end where it is nowhere."""
    if chance(low) <= wanted:
        return low
    if chance(_FAR) >= wanted:
        return _FAR
    return float(brentq(lambda z: chance(z) - wanted, low, _FAR, xtol=1e-12))
