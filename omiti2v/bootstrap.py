"""Scores as ratios of two sums over samples, and samples drawn anew.

The questions of one video are not independent, so samples are resampled, never questions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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

    The blocks depend on the arguments alone.
    """
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK_CELLS // samples)
    for start in range(0, resamples, block):
        counts = np.empty((min(block, resamples - start), samples))
        for some in np.array_split(counts, -(-counts.size // _DRAWN_CELLS)):
            drawn = rng.integers(samples, size=some.shape)
            drawn += np.arange(len(some))[:, None] * samples
            some[:] = np.bincount(drawn.ravel(), minlength=some.size).reshape(some.shape)
        yield counts
        del counts, some  # before the next block takes as much again
