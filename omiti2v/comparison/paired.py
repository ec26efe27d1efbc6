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

from omiti2v.bootstrap import Ratio, Vector
from omiti2v.intervals import Interval, difference_interval, mean_interval

# Sums over the samples of one score agree to this share of their size, whatever the order.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class PairedRatio:
    """A ratio of sums over samples in two runs.

    Attributes:
        a, b: The numerators, shape (samples,).
        denominator: Of both, shape (samples,), not negative; 0 for a sample that is not covered.
        most: By how much the numerators of a sample can differ at most; None for the denominator.
    """

    a: Vector
    b: Vector
    denominator: Vector
    most: Vector | None = None

    @property
    def difference(self) -> Ratio:
        """The value of B less that of A, itself a ratio."""
        return Ratio(self.b - self.a, self.denominator)


@dataclass(frozen=True)
class PairedScore:
    """A score of two runs: the mean of the values of its parts.

    Attributes:
        parts: At least one; all over the same samples, each covering at least one.
        bounded: Whether numerators have a known range, as those of all scores have; a metric has
            one part, whose denominators are 0 or 1, and a unit of its own.
    """

    parts: tuple[PairedRatio, ...]
    bounded: bool = True

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
    def one_more(self) -> float:
        """The most that one more sample, that counts as much as any, can add to a difference."""
        weights = [part.denominator / part.denominator.sum() for part in self.parts]
        return float(np.mean(weights, axis=0).max())

    @property
    def n(self) -> int:
        """Number of samples that the score covers."""
        return int(np.any([part.denominator > 0 for part in self.parts], axis=0).sum())

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


def paired_interval(score: PairedScore) -> Interval | None:
    """The 95 % interval of a difference; None for a score over a single sample.

    That of a metric, whose unit is its own, is None too where all samples differ alike.
    """
    if score.n < 2:
        return None
    if not score.bounded:
        return mean_interval(score.parts[0].difference)
    most = [part.denominator if part.most is None else part.most for part in score.parts]
    low, high = difference_interval(
        [Ratio(part.b - part.a, row) for part, row in zip(score.parts, most, strict=True)]
    )
    # Several parts have their denominators for bounds.
    scale = float(most[0].sum() / score.parts[0].denominator.sum())
    return scale * low, scale * high
