"""Means anchored in people: a judge's value for every sample, people's for some of them.

The estimate is that of PPI++ (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453) for a mean: the
judge's mean, weighted by lambda, plus what people's values are off it where they answered. With
chances of their own (active inference, Zrnic and Candes 2024, arXiv 2403.03208) each answered
sample counts by one over its chance. Survey sampling knows it as the regression estimator.

Its interval is for samples like these: of the mean over all samples that might have been drawn,
which is what the other intervals of a run are of.

A variance from few disagreements is not to be trusted, and that from none is 0. So two made-up
samples are added to it, as Bonett and Price (2012) do for paired proportions: one in which people
see more than the judge and one in which they see less, by the root mean square of the disagreements
seen, to which one disagreement of the full scale is added. For values of 0 and 1 it is their rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from omiti2v.bootstrap import Vector

FEWEST: Final = 5
"""Answered samples that anchor a mean."""

Groups = NDArray[np.intp]

_MADE_UP = 2
_OF_A_GROUP = 2


@dataclass(frozen=True)
class AnchoredMean:
    """A mean of fractions, or the average of the means of groups, anchored in people's answers.

    Attributes:
        value: The estimate.
        center: Middle of its intervals, before they are cut at 0 and 1: `value` moved a little
            towards the judge by the made-up samples.
        contributions: What each sample adds to the error of the estimate, shape (samples,); they
            add up to 0, and their squares to the variance for samples like these.
        made_up: What the made-up samples add to that variance.
        error_of_these: Standard error for these samples alone: what more answers would lessen.
        answered: Number of samples with people's value.
        freedom: Degrees of freedom of the errors: one less than `answered`; of groups as Welch
            (Biometrika 34, 1947) puts theirs together.
    """

    value: float
    center: float
    contributions: Vector
    made_up: float
    error_of_these: float
    answered: int
    freedom: float

    @property
    def error(self) -> float:
        """Standard error for samples like these."""
        return float(np.sqrt(np.sum(self.contributions**2) + self.made_up))

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, for samples like these."""
        return around(self.value, self.center, self.error, freedom=self.freedom, bounds=(0.0, 1.0))

    def width_with(self, answered: int) -> float:
        """Width to expect of the interval for samples like these, with so many samples answered.

        Args:
            answered: At least 2; the samples that are known without being drawn aside.
        """
        from scipy.special import stdtrit

        total = len(self.contributions)
        seen = 1 / self.answered - 1 / total
        spread = self.error_of_these**2 / seen if seen > 0 else 0.0
        later = 1 / min(answered, total)
        variance = max(0.0, self.error**2 + spread * (later - 1 / self.answered))
        return 2 * float(stdtrit(answered - 1, 0.975)) * float(np.sqrt(variance))


def around(
    value: float, center: float, error: float, *, freedom: float, bounds: tuple[float, float]
) -> tuple[float, float]:
    """A 95 % interval by Student's t that holds `value` and stays within bounds."""
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, 0.975)) * error
    low, high = min(value, center - half), max(value, center + half)
    return max(bounds[0], low), min(bounds[1], high)


def anchored_mean(
    judge: Vector, people: Vector, chance: Vector, *, groups: Groups | None = None
) -> AnchoredMean | None:
    """The mean over samples that people would give, from their answers to some of them.

    Args:
        judge: The judge's value of each sample, in [0, 1], shape (samples,).
        people: People's, in [0, 1]; NaN where they have not answered.
        chance: With which each sample came to be answered, in (0, 1]; 1 where its value is known
            without being drawn.
        groups: Number of each sample's group, from 0, for the average of the groups' means; None
            for the mean over all.

    Returns:
        None where there are no samples, fewer than five of those that had to be drawn are answered,
        or fewer than two of a group.
    """
    total = len(judge)
    if not total:
        return None
    group = np.zeros(total, dtype=np.intp) if groups is None else groups
    known = chance >= 1
    drawn = ~known & np.isfinite(people)
    answered = int(drawn.sum())
    to_draw, seen = np.bincount(group[~known]), np.bincount(group[drawn], minlength=group.max() + 1)
    enough = answered >= FEWEST and bool((seen[: len(to_draw)][to_draw > 0] >= _OF_A_GROUP).all())
    if not known.all() and not enough:
        return None
    weight = 1 / chance
    truth = np.where(np.isfinite(people), people, 0.0)
    spread = (1 - chance) * weight**2
    slope = _slope(judge, truth, spread, drawn)
    offset = _means(truth - slope * judge, weight * drawn, group)[group]
    expected = np.where(known, truth, slope * judge + offset)
    means = _means(expected, np.ones(total), group)
    value = float(means.mean())
    share = 1 / (len(means) * np.bincount(group)[group])
    # Samples like these may differ where these are all alike.
    alike = _MADE_UP * 0.25 / total**2
    if known.all():
        parts = share * (expected - means[group])
        return AnchoredMean(value, value, parts, alike, 0.0, total, max(1, total - len(means)))
    fitted = np.sqrt(seen / np.maximum(1, seen - 1))[group]
    residual = np.where(drawn, fitted * (truth - slope * judge - offset), 0.0)
    gap = (truth - judge)[drawn]
    size = float(np.sqrt((1 + np.sum(gap**2)) / (1 + np.count_nonzero(gap))))
    made_up = _MADE_UP * (size * (1 + slope) / 2) ** 2 * share**2
    middle = min(max(value, size / 2), 1 - size / 2)
    pull = _MADE_UP / (answered + _MADE_UP) * (middle * (1 - slope) - float(offset[drawn].mean()))
    by_group = np.bincount(group, spread * (share * residual) ** 2)
    freedom = float(answered - 1)
    if (squares := np.sum(by_group**2 / np.maximum(1, seen - 1))) > 0:
        freedom = float(by_group.sum() ** 2 / squares)
    return AnchoredMean(
        value=value,
        center=value + float(np.mean(~known)) * pull,
        contributions=share * (expected - means[group] + weight * residual),
        made_up=alike + float(np.mean((made_up * weight**2)[drawn])),
        error_of_these=float(np.sqrt(by_group.sum() + np.mean((made_up * spread)[drawn]))),
        answered=answered,
        freedom=freedom,
    )


def _slope(judge: Vector, truth: Vector, spread: Vector, drawn: NDArray[np.bool_]) -> float:
    """The slope of people's values on the judge's, which makes the error smallest.

    PPI++ divides the same covariance by the judge's variance over all samples. Over the answered
    ones, as here, few and lopsided values bias the estimate less. Lambda, which is kept in [0, 1],
    is the slope times the share of the samples not answered.
    """
    if not drawn.any():
        return 0.0
    weight, x, y = spread[drawn], judge[drawn], truth[drawn]
    off = x - np.average(x, weights=weight)
    variance = float(np.average(off**2, weights=weight))
    if not variance > 0:
        return 0.0
    together = float(np.average(off * y, weights=weight))
    return min(max(together / variance, 0.0), 1 / (1 - float(drawn.mean())))


def _means(values: Vector, weights: Vector, group: Groups) -> Vector:
    """The weighted mean of each group; 0 where nothing weighs."""
    below = np.bincount(group, weights)
    found: Vector = np.bincount(group, weights * values) / np.where(below > 0, below, 1.0)
    return found
