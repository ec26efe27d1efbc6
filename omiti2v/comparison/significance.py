"""P-values of paired comparisons, exact where that is cheap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from omiti2v.bootstrap import Vector

_BLOCK_CELLS = 4_000_000  # signs held in memory at once: 32 MB as float64
# Sums of the same numbers in another order must not count as smaller.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class PValue:
    """A two-sided p-value.

    Attributes:
        value: More than 0, at most 1.
        exact: Whether every assignment of signs was tried rather than a random choice of them.
    """

    value: float
    exact: bool


def sign_flip_p_values(
    contributions: Sequence[Vector], *, permutations: int, seed: int
) -> list[PValue]:
    """Paired permutation tests: were the runs alike, each sample's difference could as well have
    the other sign.

    The statistic is the absolute sum of the contributions. With k samples that differ there are
    2**k assignments of signs; where that is at most `permutations`, all are tried and p is the
    share that is at least as extreme. Otherwise p = (b + 1) / (m + 1), with b of m random
    assignments at least as extreme (Phipson and Smyth 2010): never 0, and a valid p-value for any
    m. All scores share the random assignments.

    Args:
        contributions: Of each score, shape (samples,), all over the same samples.
        permutations: Number of random assignments m, and the most that are tried exactly.
        seed: Of the random assignments.

    Returns:
        A p-value for each score; 1 where no sample differs.
    """
    exact = [2 ** int(np.count_nonzero(row)) <= permutations for row in contributions]
    drawn = [row for row, is_exact in zip(contributions, exact, strict=True) if not is_exact]
    sampled = iter(_random_p_values(drawn, permutations=permutations, seed=seed))
    return [
        PValue(_exact_p_value(row) if is_exact else next(sampled), is_exact)
        for row, is_exact in zip(contributions, exact, strict=True)
    ]


def _least_extreme(observed: Vector, scale: Vector) -> Vector:
    extreme: Vector = np.abs(observed) - _ROUNDING * scale
    return extreme


def _exact_p_value(contributions: Vector) -> float:
    sums: Vector = np.zeros(1)
    for value in contributions[contributions != 0]:
        sums = np.concatenate([sums + value, sums - value])
    bound = _least_extreme(contributions.sum(), np.abs(contributions).sum())
    return float(np.mean(np.abs(sums) >= bound))


def _random_p_values(rows: Sequence[Vector], *, permutations: int, seed: int) -> list[float]:
    if not rows:
        return []
    table = np.stack(rows, axis=1)
    samples = len(table)
    bound = _least_extreme(table.sum(axis=0), np.abs(table).sum(axis=0))
    extreme: NDArray[np.int64] = np.zeros(len(rows), dtype=np.int64)
    for signs in random_signs(samples, permutations=permutations, seed=seed):
        extreme += (np.abs(signs @ table) >= bound).sum(axis=0)
    return [(int(count) + 1) / (permutations + 1) for count in extreme]


def all_signs(samples: int) -> NDArray[np.float64]:
    """Every assignment of signs, shape (2**samples, samples)."""
    bits = np.arange(2**samples)[:, None] >> np.arange(samples)
    return np.where(bits & 1, -1.0, 1.0)


def random_signs(samples: int, *, permutations: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Random assignments of signs, in blocks of shape (block, samples)."""
    block = max(1, _BLOCK_CELLS // samples)
    if permutations <= block:
        yield _only_block(samples, permutations, seed)
        return
    rng = _stream(seed)
    for start in range(0, permutations, block):
        yield _signs(rng, min(block, permutations - start), samples)


@lru_cache(maxsize=1)
def _only_block(samples: int, permutations: int, seed: int) -> NDArray[np.float64]:
    """All assignments of an edition, drawn once for all pairs of its runs."""
    return _signs(_stream(seed), permutations, samples)


def _stream(seed: int) -> np.random.Generator:
    # A stream of its own: the bootstrap with this seed must not choose the signs.
    return np.random.default_rng([seed, 1])


def _signs(rng: np.random.Generator, count: int, samples: int) -> NDArray[np.float64]:
    return rng.integers(2, size=(count, samples), dtype=np.int8) * np.float64(2) - 1


def mcnemar_exact(lost: int, gained: int) -> float:
    """McNemar's exact test: were the runs alike, a flip would go either way with probability 1/2.

    Args:
        lost, gained: Number of samples that flipped one way and the other.

    Returns:
        The two-sided binomial p-value, at most 1; 1 where nothing flipped.
    """
    flips = lost + gained
    term = tail = 1
    for k in range(min(lost, gained)):
        term = term * (flips - k) // (k + 1)
        tail += term
    # Whole numbers up to here, so that no number of flips overflows.
    return min(1.0, 2 * tail / (1 << flips))
