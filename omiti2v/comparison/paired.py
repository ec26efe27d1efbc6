"""A score of two runs over the same samples, and what is known of their difference.

Every score here is the mean of one ratio of sums over samples, or of a few of them (the semantic
average: three). Both runs share the denominators, so the difference is a sum of one contribution
for each sample, which is what a paired test needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from omiti2v.bootstrap import Ratio, Vector, bootstrap_ratios, percentile_intervals

# Sums over the samples of one score agree to this share of their size, whatever the order.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class PairedRatio:
    """A ratio of sums over samples in two runs.

    Attributes:
        a, b: The numerators, shape (samples,).
        denominator: Of both, shape (samples,), not negative; 0 for a sample that is not covered.
    """

    a: Vector
    b: Vector
    denominator: Vector

    @property
    def difference(self) -> Ratio:
        """The value of B less that of A, itself a ratio."""
        return Ratio(self.b - self.a, self.denominator)


@dataclass(frozen=True)
class PairedScore:
    """A score of two runs: the mean of the values of its parts.

    Attributes:
        parts: At least one; all over the same samples, each covering at least one.
    """

    parts: tuple[PairedRatio, ...]

    @cached_property
    def a(self) -> float:
        """The score of A."""
        return self._mean([Ratio(part.a, part.denominator).value for part in self.parts])

    @cached_property
    def b(self) -> float:
        """The score of B."""
        return self._mean([Ratio(part.b, part.denominator).value for part in self.parts])

    @property
    def difference(self) -> float:
        """B less A."""
        return self.b - self.a

    @cached_property
    def contributions(self) -> Vector:
        """What each sample adds to the difference, shape (samples,).

        Swapping the two runs on one sample turns the sign of its contribution.
        """
        rows = [(part.b - part.a) / part.denominator.sum() for part in self.parts]
        total: Vector = np.mean(rows, axis=0)
        return total

    @property
    def n(self) -> int:
        """Number of samples that the score covers."""
        return int(np.any([part.denominator > 0 for part in self.parts], axis=0).sum())

    @property
    def differing(self) -> int:
        """Number of samples on which the two runs differ."""
        return int(np.count_nonzero(self.contributions))

    @property
    def standard_error(self) -> float | None:
        """Of the difference, from the differences of the samples; None for a single sample.

        For a mean it is the standard deviation of the samples' differences (with n - 1) over the
        square root of n. For ratios it is the linearised form, with the same small-sample factor:
        the squared sum of each sample's contribution less what its denominator accounts for.
        """
        if self.n < 2:
            return None
        residuals = np.mean(
            [
                (part.b - part.a - part.difference.value * part.denominator)
                / part.denominator.sum()
                for part in self.parts
            ],
            axis=0,
        )
        error = float(np.sqrt(self.n / (self.n - 1) * np.sum(residuals**2)))
        return 0.0 if error <= _ROUNDING * float(np.abs(self.contributions).sum()) else error

    @staticmethod
    def _mean(values: Sequence[float]) -> float:
        return sum(values) / len(values)


def paired_intervals(
    scores: Sequence[PairedScore], *, resamples: int, seed: int, confidence: float = 0.95
) -> list[tuple[float, float] | None]:
    """The bootstrap interval of each difference; both runs and all scores share the resamples.

    None for a score over a single sample, which says nothing of the others, and where no resample
    drew a sample of every part.

    Args:
        scores: All over the same samples.
        resamples, seed: Of the bootstrap.
        confidence: Share of the resampled differences inside the interval.
    """
    parts = [part.difference for score in scores for part in score.parts]
    values = bootstrap_ratios(parts, resamples=resamples, seed=seed)
    drawn = []
    column = 0
    for score in scores:
        drawn.append(values[:, column : column + len(score.parts)].mean(axis=1))
        column += len(score.parts)
    if not drawn:
        return []
    return [
        (low, high) if score.n > 1 and np.isfinite(low) else None
        for score, (low, high) in zip(
            scores,
            percentile_intervals(np.stack(drawn).T, confidence=confidence),
            strict=True,
        )
    ]
