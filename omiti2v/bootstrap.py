"""Bootstrap intervals over samples.

The questions of one video are not independent, so samples are resampled, never questions. Every
score is a ratio of two sums over samples (a mean is the case of denominators 1), so one matrix of
resampling counts serves all scores of a run at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

_BLOCK_CELLS = 4_000_000  # resampling counts held in memory at once: 32 MB as float64


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
    block = max(1, _BLOCK_CELLS // samples)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = rng.integers(samples, size=(rows, samples))
        drawn += np.arange(rows)[:, None] * samples
        counts = np.bincount(drawn.ravel(), minlength=rows * samples)
        yield counts.reshape(rows, samples).astype(np.float64)


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
    numerators = np.stack([ratio.numerator for ratio in ratios], axis=1)
    denominators = np.stack([ratio.denominator for ratio in ratios], axis=1)
    blocks = []
    for counts in resample_counts(len(numerators), resamples=resamples, seed=seed):
        with np.errstate(invalid="ignore", divide="ignore"):
            blocks.append((counts @ numerators) / (counts @ denominators))
    return np.concatenate(blocks)


def percentile_interval(
    values: NDArray[np.float64], *, confidence: float = 0.95
) -> tuple[float, float]:
    """The central interval that holds `confidence` of the resampled values, NaN left out.

    Returns (NaN, NaN) where no resample gave a value.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    tail = (1 - confidence) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
