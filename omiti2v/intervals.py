"""Confidence intervals of scores, made so that they hold at the edges of the scale too.

Samples are independent, the questions and takes of one sample are not. Every score is a mean,
over samples, of values in a known range, a ratio of two such sums, or an average of a few. Its
interval is Clopper and Pearson's (1934), the one that never covers less than it says, with the
number of samples replaced by an effective one, as Korn and Graubard do for surveys (Survey
Methodology 24, 1998): how many independent yes-or-no samples would give the variance that was seen.
For samples that are 0 or 1 it is Clopper and Pearson's itself.

Their variance is not believed below what samples at the far end of the scale could add that were
not seen: where all samples are alike, the next need not be. And it is Student's, not the normal
one, that n samples allow.

How often each interval covers the truth: `docs/statistics/intervals.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from omiti2v.bootstrap import Ratio, Vector
from omiti2v.definitions import FEW_SAMPLES

CONFIDENCE = 0.95

Interval = tuple[float, float]

Bounds = tuple[float | None, float | None]
"""The smallest and the largest possible value of a metric; None for no bound."""

_UNSEEN = 1.5
"""Samples at the far end of the scale that an estimate may have missed, as a standard deviation:
1.96 of them are the 3 in n that none of n leaves possible."""
_FEWER_MISSES = 5
_ROUNDING = 1e-12  # values that differ by less, as a share of their size, are equal


def ratio_interval(
    ratio: Ratio, *, bounds: Interval = (0.0, 1.0), confidence: float = CONFIDENCE
) -> Interval:
    """The interval of a ratio of sums, as a mean of fractions or a share of clustered questions.

    Args:
        ratio: Covers at least one sample; each numerator lies within `bounds` times its
            denominator.
        bounds: The smallest and the largest value that a sample can have.
        confidence: How often the interval is to cover the truth.

    Returns:
        Its ends, within the bounds. Also of a single sample it is an interval: a wide one.
    """
    return average_interval([ratio], bounds=bounds, confidence=confidence)


def average_interval(
    parts: Sequence[Ratio], *, bounds: Interval = (0.0, 1.0), confidence: float = CONFIDENCE
) -> Interval:
    """The interval of the mean of several ratios, as the three of the semantic average.

    Args:
        parts: Each as `ratio_interval` takes it, all over the same samples.
        bounds, confidence: As there.
    """
    least, most = bounds
    unit = [
        Ratio((part.numerator - least * part.denominator) / (most - least), part.denominator)
        for part in parts
    ]
    low, high = _unit_interval(unit, confidence=confidence)
    return least + (most - least) * low, least + (most - least) * high


def mean_interval(
    ratio: Ratio,
    *,
    bounds: Bounds = (None, None),
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The interval of a mean in a unit of its own, as a metric's.

    Between two bounds it is that of `ratio_interval`. Else it is Student's, or where the values are
    skewed and that one reaches further to a side, the one of Hall's transformed t (Journal of the
    Royal Statistical Society B 54, 1992). Of few values, which don't tell how skewed they are, it
    misses five times less often than that, as a 99 % interval for a 95 % one.

    Args:
        ratio: A mean: its denominators are 0 or 1.
        bounds: The smallest and the largest possible value; None for no bound.
        confidence: How often the interval is to cover the truth.

    Returns:
        Its ends, within the bounds. None where no spread was seen and no bound is known: of a
        single value, or of equal ones.
    """
    least, most = bounds
    if least is not None and most is not None:
        return ratio_interval(ratio, bounds=(least, most), confidence=confidence)
    values = ratio.numerator[ratio.denominator > 0]
    mean, n = ratio.value, len(values)
    spread = float(values.std(ddof=1)) if n > 1 else 0.0
    if spread <= _ROUNDING * float(np.abs(values).max()):
        return None
    from scipy.special import stdtrit

    if n < FEW_SAMPLES:
        confidence = 1 - (1 - confidence) / _FEWER_MISSES
    error = spread / math.sqrt(n)
    skew = float(np.mean((values - mean) ** 3)) / spread**3 / math.sqrt(n)
    quantile = float(stdtrit(n - 1, (1 + confidence) / 2))
    low = mean - error * max(quantile, _untransformed(quantile, skew))
    high = mean - error * min(-quantile, _untransformed(-quantile, skew))
    return (low if least is None else max(least, low)), (high if most is None else min(most, high))


def _untransformed(quantile: float, skew: float) -> float:
    """Where Hall's transformed t is at a quantile, as a plain t; `skew` is over the root of n."""
    if abs(skew) < 1e-6:
        return quantile
    return 3 / skew * (math.cbrt(1 + skew * (quantile - skew / 6)) - 1)


def difference_interval(parts: Sequence[Ratio], *, confidence: float = CONFIDENCE) -> Interval:
    """The interval of a paired difference: B less A, sample by sample.

    Gains and losses are means of values in [0, 1] with an interval each; these are put together
    by their distances from the estimates (MOVER: Zou and Donner, Statistics in Medicine 27, 2008),
    with the correlation that follows from no sample being both. Samples that were not seen may
    differ by 1, however little those seen do: as one whose video is missing in one run.

    Args:
        parts: Differences whose mean is taken; each numerator is within -1 and 1 times its
            denominator.
        confidence: As for `ratio_interval`.
    """
    sides = [
        [Ratio(np.maximum(sign * part.numerator, 0.0), part.denominator) for part in parts]
        for sign in (1, -1)
    ]
    gain, loss = (float(np.mean([part.value for part in side])) for side in sides)
    (gain_low, gain_high), (loss_low, loss_high) = (
        # The one more sample is a gain or a loss: half for each.
        _unit_interval(side, confidence=confidence, unseen=0.5)
        for side in sides
    )
    one, other = (np.sum([_residuals(part) for part in side], axis=0) for side in sides)
    spread = math.sqrt(float(np.sum(one**2)) * float(np.sum(other**2)))
    together = min(0.0, float(np.sum(one * other)) / spread) if spread else 0.0

    def distance(first: float, second: float) -> float:
        return math.sqrt(max(0.0, first**2 - 2 * together * first * second + second**2))

    low = gain - loss - distance(gain - gain_low, loss_high - loss)
    high = gain - loss + distance(gain_high - gain, loss - loss_low)
    return max(-1.0, low), min(1.0, high)


def share_interval(
    share: float,
    *,
    variance: float,
    weights: Vector,
    confidence: float = CONFIDENCE,
    unseen: float | None = None,
) -> Interval:
    """The interval of an estimate in [0, 1] whose variance was measured.

    Args:
        share: The estimate.
        variance: Of it, from the spread over samples.
        weights: Each sample's part in it, shape (samples,); they add up to 1.
        confidence: As for `ratio_interval`.
        unseen: How far off one more sample of mean weight is to be thought of; None for `_UNSEEN`
            times the distance of the far end.
    """
    from scipy.special import stdtrit

    if unseen is None:
        unseen = _far_off(share)
    plain = 1 / float(np.sum(weights**2))
    n = (share * (1 - share) + unseen**2 / plain) / (variance + (unseen / plain) ** 2)
    if plain > 1:
        believed, known = stdtrit([n - 1, plain - 1], (1 + confidence) / 2)
        n *= min(1.0, float(believed / known)) ** 2
    # No sample tells less than one whose value is 0 or 1, as large as the largest.
    return clopper_pearson(share, max(n, 1 / float(weights.max())), confidence=confidence)


def _far_off(share: float) -> float:
    return _UNSEEN * max(share, 1 - share)


def clopper_pearson(share: float, n: float, *, confidence: float = CONFIDENCE) -> Interval:
    """Clopper and Pearson's interval of a share (Biometrika 26, 1934).

    Args:
        share: Seen, 0 to 1.
        n: Over how many independent yes or no, more than 0; not necessarily a whole number.
        confidence: Least chance to cover the truth.
    """
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    hits, misses = share * n, (1 - share) * n
    low = float(betaincinv(hits, misses + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, misses, 1 - tail)) if misses > 0 else 1.0
    return low, high


def _unit_interval(
    parts: Sequence[Ratio], *, confidence: float, unseen: float | None = None
) -> Interval:
    """That of `average_interval` from 0 to 1."""
    residuals = np.mean([_residuals(part) for part in parts], axis=0)
    share = min(1.0, max(0.0, float(np.mean([part.value for part in parts]))))
    each = [part.denominator / part.denominator.sum() for part in parts]
    weights = np.mean(each, axis=0)
    # One more sample weighs most in the part that has the fewest.
    most = max(float(np.sum(row**2)) for row in each) / len(parts) / float(np.sum(weights**2))
    return share_interval(
        share,
        variance=float(np.sum(residuals**2)),
        weights=weights,
        confidence=confidence,
        unseen=most * (_far_off(share) if unseen is None else unseen),
    )


def _residuals(ratio: Ratio) -> Vector:
    """What each sample adds to the error of a ratio; the sum of their squares is its variance.

    The ratio is linearised (Cochran, Sampling Techniques, 1977, 6.3), with n - 1 for n.
    """
    rest = (ratio.numerator - ratio.value * ratio.denominator) / ratio.denominator.sum()
    found: Vector = rest * math.sqrt(ratio.n / max(1, ratio.n - 1))
    return found
