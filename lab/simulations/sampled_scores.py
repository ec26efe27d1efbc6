"""Samples of made-up runs whose true scores are known, for `lab.simulations.coverage`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

from omiti2v.bootstrap import Ratio

Generator = np.random.Generator
Floats = NDArray[np.float64]
Takes = Literal["1", "3", "1 to 4"]

RATES = (0.0, 0.005, 0.02, 0.1, 0.5, 0.9, 0.98, 1.0)
SIZES = (9, 48, 120, 367)
LIKENESSES = (0.0, 0.3, 0.9)
CATEGORY_SHARES = (0.6, 0.25, 0.15)


_LEVELS = np.linspace(-6, 6, 6001)


def chances_of(rate: float, level: Floats, likeness: float) -> Floats:
    """Each sample's chance of a right answer: beta-distributed, with the mean `rate`.

    Args:
        rate: 0 to 1.
        level: How easy each sample is, standard normal.
        likeness: The correlation of answers within a sample, 0 to below 1.
    """
    if likeness == 0 or rate in (0, 1):
        return np.full(level.shape, rate)
    chances: Floats = np.interp(level, _LEVELS, _quantiles(rate, likeness))
    return chances


@cache
def _quantiles(rate: float, likeness: float) -> Floats:
    """The chances at `_LEVELS`: exact ones for each sample would take most of the time."""
    size = (1 - likeness) / likeness
    chances: Floats = betaincinv(rate * size, (1 - rate) * size, ndtr(_LEVELS))
    return chances


def questions_asked(rng: Generator, n: int, *, least: int = 4, most: int = 8) -> Floats:
    """How many questions each of `n` samples has."""
    return rng.integers(least, most + 1, n).astype(np.float64)


def takes_made(rng: Generator, n: int, takes: Takes) -> NDArray[np.int64]:
    """How many videos each of `n` samples has."""
    if takes == "1 to 4":
        return rng.integers(1, 5, n)
    return np.full(n, int(takes))


def fractions(rng: Generator, rate: float, n: int, *, likeness: float, takes: Takes = "1") -> Ratio:
    """A mean over samples of the share of questions answered rightly, over all its takes."""
    asked = questions_asked(rng, n) * takes_made(rng, n, takes)
    chances = chances_of(rate, rng.normal(size=n), likeness)
    return Ratio(rng.binomial(asked.astype(np.int64), chances) / asked, np.ones(n))


def shares(rng: Generator, rate: float, n: int, *, likeness: float, takes: Takes = "1") -> Ratio:
    """A share of samples, each 0 or 1; with takes, the mean over samples of the share of takes."""
    made = takes_made(rng, n, takes)
    chances = chances_of(rate, rng.normal(size=n), likeness)
    return Ratio(rng.binomial(made, chances) / made, np.ones(n))


def pooled(rng: Generator, rate: float, n: int, *, likeness: float, most: int = 8) -> Ratio:
    """A share of all questions, of which the samples have unequal numbers, some none."""
    asked = questions_asked(rng, n, least=0, most=most)
    asked[0] = max(1.0, asked[0])
    chances = chances_of(rate, rng.normal(size=n), likeness)
    return Ratio(rng.binomial(asked.astype(np.int64), chances).astype(np.float64), asked)


def categories(rng: Generator, rates: Sequence[float], n: int, *, likeness: float) -> list[Ratio]:
    """The three categories of a semantic average, of unequal sizes, each with its rate."""
    counts = category_sizes(n)
    kinds = np.repeat(np.arange(len(rates)), counts)
    parts = []
    for kind, rate in enumerate(rates):
        found = fractions(rng, rate, n, likeness=likeness)
        members = (kinds == kind).astype(np.float64)
        parts.append(Ratio(found.numerator * members, members))
    return parts


def category_sizes(n: int) -> list[int]:
    """How many of `n` samples each category has; at least one."""
    small = [max(1, round(share * n)) for share in CATEGORY_SHARES[1:]]
    return [n - sum(small), *small]


def share_pairs(rng: Generator, only_a: float, only_b: float, n: int) -> Ratio:
    """B less A in samples that are 0 or 1, which differ with the two chances given."""
    drawn = rng.random(n)
    gained = (drawn < only_b).astype(np.float64)
    return Ratio(gained - ((drawn >= only_b) & (drawn < only_a + only_b)), np.ones(n))


def fraction_pairs(
    rng: Generator,
    a: float,
    b: float,
    n: int,
    *,
    likeness: float,
    correlation: float,
    least: int | None = None,
) -> Ratio:
    """B less A in shares of questions; what is easy for one run is for the other, or is not.

    Args:
        rng: Draws everything.
        a, b: The true shares.
        n: Number of samples.
        likeness: As for `chances_of`.
        correlation: Of what is easy for A and for B.
        least: Fewest questions of a sample, which then count alike; None for samples that count
            alike.
    """
    asked = questions_asked(rng, n, least=4 if least is None else least)
    asked[0] = max(1.0, asked[0])
    one, two = rng.normal(size=(2, n))
    two = correlation * one + np.sqrt(1 - correlation**2) * two
    right = [
        rng.binomial(asked.astype(np.int64), chances_of(rate, level, likeness))
        for rate, level in ((a, one), (b, two))
    ]
    difference = (right[1] - right[0]).astype(np.float64)
    if least is None:
        return Ratio(difference / asked, np.ones(n))
    return Ratio(difference, asked)


def pair_rates() -> Iterator[tuple[float, float]]:
    """The rates of two runs that are compared: equal, a little apart, and far."""
    yield from ((rate, rate) for rate in RATES)
    yield from ((0.0, 0.005), (0.02, 0.05), (0.1, 0.2), (0.5, 0.56), (0.3, 0.9), (0.98, 1.0))
