"""A family of paired tests, adjusted together: the chance of one false alarm stays at the level.

Rows (runs, entries) have scores over the same samples, and pairs of them are tested. The statistic
of a test is the studentised difference |sum d| / sqrt(sum d**2), with d what each sample adds to
the difference. Were the two rows alike, each d could as well have the other sign; such a flip
leaves the root as it is, so that few or small differences don't drown among many or large ones.
All tests share the flips of a sample, which keeps how they hang together (a wild bootstrap with
Rademacher weights). A test's adjusted p is the share of the flips under which the largest
statistic, of it and of all tests that came out no larger, is at least as large as its own: the
step-down of Romano and Wolf (2005, "Stepwise multiple testing as formalized data snooping",
Econometrica 73(4), 1237-1282; adjusted p-values: 2016, Statistics and Probability Letters 113,
38-40).

Equal rows need not be alike, though: one may be a little better on most samples and far worse on a
few, of which none is seen. So the observed statistics, not the flipped ones, have one more sample
in their root, that differs by all it can. A test of samples that are 0 or 1 hardly notices.

By Hoeffding's inequality a flipped statistic exceeds t with a chance of at most 2 exp(-t**2 / 2),
however few samples differ. What holds on boards of this benchmark's size was simulated:
`docs/statistics/differences.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from omiti2v.comparison.significance import all_signs, random_signs

KeyT = TypeVar("KeyT")
Matrix = NDArray[np.float64]
Single = NDArray[np.float32]
Pairs = Literal["all", "first"]

# With more tests the steps are taken by neighbors together: a p may then be larger, not smaller.
_STEPS = 200
_CELLS = 1 << 19  # flipped statistics held at once: 2 MB, which stays in the processor's cache
_NOISE = 1e-12  # a sum of squared differences below this share of the rows' own is rounding
# Equal statistics must count as equal, though the flipped ones have half the digits.
_TIE = 1e-4


def adjusted_p_values(
    scores: Mapping[KeyT, Matrix],
    *,
    pairs: Pairs,
    one_more: Mapping[KeyT, float],
    permutations: int,
    seed: int,
) -> dict[KeyT, Matrix]:
    """The adjusted p-value of each pair of rows and each score.

    Args:
        scores: What each sample adds to each row's score, shape (rows, samples), all over the same
            rows and samples; NaN in a row that has no such score: it is in no test.
        pairs: Which make the family: all pairs of rows, or each row with the first.
        one_more: How much one more sample can add to a difference of each score, as 1 / samples.
        permutations: Number of random flips m, and the most assignments of signs that are all
            tried. With random ones p is (b + 1) / (m + 1), with b of them as extreme.
        seed: Of the random flips.

    Returns:
        P-values of shape (rows, rows), symmetric: 1 on the diagonal and where no sample differs,
        NaN where there is no test.
    """
    tests = {key: _make_tests(table, pairs, one_more[key]) for key, table in scores.items()}
    observed: Matrix = np.concatenate([np.empty(0), *(of.observed for of in tests.values())])
    p_values = np.empty(len(observed))
    if len(observed):
        order = np.argsort(-observed, kind="stable")
        step = np.empty(len(order), dtype=np.int64)
        step[order] = np.arange(len(order)) * min(_STEPS, len(order)) // len(order)
        flips = _Flips.over([of.table for of in tests.values()], permutations, seed)
        largest = np.concatenate([_largest(tests.values(), step, block) for block in flips], axis=1)
        p_values[order] = _step_down(observed[order], step[order], largest, exact=flips.exact)
    found = {}
    for key, of in tests.items():
        part, p_values = np.split(p_values, [len(of.first)])
        found[key] = np.full((len(of.table), len(of.table)), np.nan)
        np.fill_diagonal(found[key], 1.0)
        found[key][of.first, of.second] = found[key][of.second, of.first] = part
    return found


@dataclass(frozen=True)
class _Tests:
    """The tests of one score, ordered by their first row.

    Attributes:
        table: Shape (rows, samples); 0 in a row without the score.
        first, second: The pairs of rows.
        scale: What a sum is multiplied by: 1 / sqrt(sum d**2), 0 where no sample differs.
        observed: The statistics, with one more sample in their root.
    """

    table: Matrix
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    scale: Matrix
    observed: Matrix


def _make_tests(table: Matrix, pairs: Pairs, one_more: float) -> _Tests:
    first, second = np.triu_indices(1 if pairs == "first" else len(table), k=1, m=len(table))
    has_score: NDArray[np.bool_] = np.isfinite(table.sum(axis=1))
    is_test = has_score[first] & has_score[second]
    first, second = first[is_test], second[is_test]
    table = np.nan_to_num(table)
    products = table @ table.T
    own = np.diag(products)
    both = own[first] + own[second]
    squares: Matrix = both - 2 * products[first, second]
    scale = np.zeros(len(first))
    differs: NDArray[np.bool_] = np.greater(squares, _NOISE * both)
    np.power(squares, -0.5, where=differs, out=scale)
    totals = table.sum(axis=1)
    observed = np.zeros(len(first))
    root = np.sqrt(np.maximum(squares, 0.0) + one_more**2)
    np.divide(np.abs(totals[second] - totals[first]), root, where=differs, out=observed)
    return _Tests(table, first, second, scale, observed)


@dataclass(frozen=True)
class _Flips:
    """Signs in blocks of shape (flips, samples).

    Attributes:
        blocks: The flips, each once.
        exact: Whether they are all that there are.
        rows: Of the tables: how many tests a row may have.
    """

    blocks: Iterable[Matrix]
    exact: bool
    rows: int

    @classmethod
    def over(cls, tables: Sequence[Matrix], permutations: int, seed: int) -> _Flips:
        spreads = np.stack([np.ptp(table, axis=0) for table in tables])
        differing = np.flatnonzero(spreads.any(axis=0))
        samples = tables[0].shape[1]
        if 2 ** len(differing) > permutations:
            random = random_signs(samples, permutations=permutations, seed=seed)
            return cls(random, exact=False, rows=len(tables[0]))
        signs = np.ones((2 ** len(differing), samples))
        signs[:, differing] = all_signs(len(differing))
        return cls([signs], exact=True, rows=len(tables[0]))

    def __iter__(self) -> Iterator[Matrix]:
        for block in self.blocks:
            yield from np.array_split(block, -(-len(block) * self.rows // _CELLS))


def _largest(tests: Iterable[_Tests], step: NDArray[np.int64], signs: Matrix) -> Single:
    """The largest flipped statistic among the tests of each step, shape (steps, flips)."""
    largest = np.zeros((int(step.max()) + 1, len(signs)), dtype=np.float32)
    for of in tests:
        mine, step = np.split(step, [len(of.first)])
        sums = (of.table @ signs.T).astype(np.float32)
        scale = of.scale.astype(np.float32)[:, None]
        ends = np.flatnonzero(np.diff(of.first, append=-1)) + 1
        for start, end in pairwise([0, *ends]):
            flipped = sums[of.second[start:end]]
            flipped -= sums[of.first[start]]
            flipped *= scale[start:end]
            np.abs(flipped, out=flipped)
            _raise_to(largest, mine[start:end], flipped)
    return largest


def _raise_to(largest: Single, steps: NDArray[np.int64], flipped: Single) -> None:
    """Raise the row of each step to the largest of its tests, in place.

    NumPy's own `reduceat` along rows takes three times as long as turns that hold no step twice.
    """
    order = np.argsort(steps, kind="stable")
    starts = np.flatnonzero(np.diff(steps[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    if len(starts) < sizes.max():
        for start, size in zip(starts, sizes, strict=True):
            row = largest[steps[order[start]]]
            np.maximum(row, flipped[order[start : start + size]].max(axis=0), out=row)
        return
    turn = np.arange(len(order)) - np.repeat(starts, sizes)
    for number in range(sizes.max()):
        tests = order[turn == number]
        largest[steps[tests]] = np.maximum(largest[steps[tests]], flipped[tests])


def _step_down(
    observed: Matrix, step: NDArray[np.int64], largest: Single, *, exact: bool
) -> Matrix:
    """The adjusted p-values of tests in the order of their statistics, the largest first."""
    # Of a step and all after it.
    largest = np.maximum.accumulate(largest[::-1], axis=0)[::-1]
    largest.sort(axis=1)
    flips = largest.shape[1]
    edges = np.searchsorted(step, np.arange(len(largest) + 1))
    reached = [
        flips - np.searchsorted(row, observed[start:end] * (1 - _TIE) - _TIE)
        for row, (start, end) in zip(largest, pairwise(edges), strict=True)
    ]
    extra = 0 if exact else 1
    p_values: Matrix = (np.concatenate(reached) + extra) / (flips + extra)
    return np.maximum.accumulate(p_values)
