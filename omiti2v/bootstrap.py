"""Bootstrap intervals over samples.

The questions of one video are not independent, so samples are resampled, never questions. Every
score is a ratio of two sums over samples (a mean is the case of denominators 1), so one matrix of
resampling counts serves all scores of a run at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_BLOCK_CELLS = 4_000_000  # resampling counts held in memory at once: 32 MB as float64
_DRAWN_CELLS = 250_000  # drawn at once: 2 MB, and as much again to count them


@dataclass(frozen=True)
class Ratio:
    """A score as sum(numerator) / sum(denominator) over samples.

    Attributes:
        numerator: Shape (samples,).
        denominator: Shape (samples,), not negative; 0 for a sample that the score does not cover.
    """

    numerator: Vector
    denominator: Vector

    @property
    def n(self) -> int:
        """Number of samples that the score covers."""
        return int(np.count_nonzero(self.denominator))

    @property
    def value(self) -> float:
        """The score; NaN where it covers no sample."""
        total = float(self.denominator.sum())
        return float(self.numerator.sum()) / total if total else float("nan")


def resample_counts(samples: int, *, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """How often each sample is drawn in each resample, in blocks of shape (block, samples).

    The blocks depend on the arguments alone, so two runs over the same samples that use the same
    seed are resampled alike, which makes their differences paired.
    """
    rng = np.random.default_rng(seed)
    block = _block_rows(samples)
    for start in range(0, resamples, block):
        counts = np.empty((min(block, resamples - start), samples))
        for some in np.array_split(counts, -(-counts.size // _DRAWN_CELLS)):
            drawn = rng.integers(samples, size=some.shape)
            drawn += np.arange(len(some))[:, None] * samples
            some[:] = np.bincount(drawn.ravel(), minlength=some.size).reshape(some.shape)
        yield counts
        del counts, some  # before the next block takes as much again


def _block_rows(samples: int) -> int:
    return max(1, _BLOCK_CELLS // samples)


@dataclass(frozen=True)
class _Block:
    """Resampling counts, each column a resample.

    Attributes:
        exact: Shape (samples, block).
        short: The same numbers with half the digits: twice as fast to multiply.
    """

    exact: NDArray[np.float64]
    short: NDArray[np.float32]

    def sums(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of each row's values over each resample, shape (rows, block)."""
        samples = rows.shape[1]
        largest = np.abs(rows).max(axis=1, initial=0.0)
        # Sums of whole numbers below 2**24 are exact in 32 bits as well, whatever their order.
        is_whole = (rows == np.rint(rows)).all(axis=1) & (largest * samples < 1 << 24)
        total = np.empty((len(rows), self.exact.shape[1]))
        total[is_whole] = rows[is_whole].astype(np.float32) @ self.short
        total[~is_whole] = rows[~is_whole] @ self.exact
        return total


def _blocks(samples: int, *, resamples: int, seed: int) -> Iterator[_Block]:
    if resamples <= _block_rows(samples):
        yield _only_block(samples, resamples, seed)
        return
    for counts in resample_counts(samples, resamples=resamples, seed=seed):
        yield _Block(counts.T, counts.T.astype(np.float32))
        del counts


@lru_cache(maxsize=2)
def _only_block(samples: int, resamples: int, seed: int) -> _Block:
    """All resamples of an edition, drawn once for all its runs: a third of a run's scores."""
    (counts,) = resample_counts(samples, resamples=resamples, seed=seed)
    return _Block(counts.T, counts.T.astype(np.float32))


def bootstrap_ratios(ratios: Sequence[Ratio], *, resamples: int, seed: int) -> NDArray[np.float64]:
    """Resampled values of each ratio, shape (resamples, ratios).

    NaN where a resample drew none of the samples that a ratio covers.

    Args:
        ratios: All over the same samples.
        resamples: Number of resamples, as 10,000.
        seed: Of the resampling.
    """
    if not ratios:
        return np.empty((resamples, 0))
    numerators = np.stack([ratio.numerator for ratio in ratios])
    # Many scores share a denominator: all questions, or the samples of a group.
    places: dict[bytes, int] = {}
    place = [places.setdefault(ratio.denominator.tobytes(), len(places)) for ratio in ratios]
    denominators = np.stack([ratios[place.index(number)].denominator for number in places.values()])
    parts = []
    for block in _blocks(numerators.shape[1], resamples=resamples, seed=seed):
        values, below = block.sums(numerators), block.sums(denominators)
        with np.errstate(invalid="ignore", divide="ignore"):
            for row, number in zip(values, place, strict=True):
                row /= below[number]
        parts.append(values)
        del block  # before the next is drawn
    return (parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)).T


def percentile_interval(
    values: NDArray[np.float64], *, confidence: float = 0.95
) -> tuple[float, float]:
    """The central interval that holds `confidence` of the resampled values, NaN left out.

    Returns (NaN, NaN) where no resample gave a value.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, _tails(confidence))
    return float(low), float(high)


def percentile_intervals(
    values: NDArray[np.float64], *, confidence: float = 0.95
) -> list[tuple[float, float]]:
    """The interval of each column of `values`, shape (resamples, columns); the same numbers as
    `percentile_interval` gives for each alone, and faster."""
    rows = np.ascontiguousarray(values.T)
    is_known = np.asarray(np.isfinite(rows).all(axis=1))
    # Picking rows makes a copy, which may then be put into another order.
    lows, highs = np.quantile(rows[is_known], _tails(confidence), axis=1, overwrite_input=True)
    whole = zip(lows.tolist(), highs.tolist(), strict=True)
    return [
        next(whole) if known else percentile_interval(row, confidence=confidence)
        for row, known in zip(rows, is_known, strict=True)
    ]


def _tails(confidence: float) -> list[float]:
    tail = (1 - confidence) / 2
    return [tail, 1 - tail]
