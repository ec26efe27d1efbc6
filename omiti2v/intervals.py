"""Confidence intervals of scores, made so that they hold at the edges of the scale too.

Samples are independent, the questions and takes of one sample are not. Every score is a mean,
over samples, of values in a known range, a ratio of two such sums, or an average of a few. Its
interval is Clopper and Pearson's (1934), the one that never covers less than it says, with the
number of samples replaced by an effective one, as Korn and Graubard do for surveys (Survey
Methodology 24, 1998): how many independent yes-or-no samples would give the variance that was seen.
For samples that are 0 or 1 it is Clopper and Pearson's itself.

Their variance is not believed below what one more sample at the far end of the scale would add:
where all samples are alike, the next need not be. And it is Student's, not the normal one, that n
samples allow.

How often each interval covers the truth: `docs/statistics/intervals.md`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from omiti2v.bootstrap import Ratio, Vector

CONFIDENCE = 0.95

FEW_SAMPLES = 30
"""Below so many samples a score is marked wherever it is shown."""

Interval = tuple[float, float]


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
    share = min(1.0, max(0.0, float(np.mean([part.value for part in unit]))))
    low, high = clopper_pearson(share, _effective_samples(unit, share), confidence=confidence)
    return least + (most - least) * low, least + (most - least) * high


def mean_interval(
    ratio: Ratio,
    *,
    bounds: tuple[float | None, float | None] = (None, None),
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """The interval of a mean in a unit of its own, as a metric's; None for a single sample.

    Args:
        ratio: Covers at least one sample.
        bounds: The smallest and the largest possible value; None for no bound.
        confidence: How often the interval is to cover the truth.
    """
    least, most = bounds
    if least is not None and most is not None:
        return ratio_interval(ratio, bounds=(least, most), confidence=confidence)
    if ratio.n < 2:
        return None
    from scipy.special import stdtrit

    error = math.sqrt(float(np.sum(_residuals(ratio) ** 2)))
    half = float(stdtrit(ratio.n - 1, (1 + confidence) / 2)) * error
    low, high = ratio.value - half, ratio.value + half
    return (low if least is None else max(least, low)), (high if most is None else min(most, high))


def difference_interval(parts: Sequence[Ratio], *, confidence: float = CONFIDENCE) -> Interval:
    """The interval of a paired difference: B less A, sample by sample.

    Gains and losses are means of values in [0, 1] with an interval each; these are put together
    by their distances from the estimates (MOVER: Zou and Donner, Statistics in Medicine 27, 2008),
    with the correlation that follows from no sample being both. Where no sample differs, both may
    still be all that none in so many leaves possible.

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
        average_interval(side, confidence=confidence) for side in sides
    )
    one, other = (sum(_residuals(part) for part in side) for side in sides)
    spread = math.sqrt(float(np.sum(one**2)) * float(np.sum(other**2)))
    together = min(0.0, float(np.sum(one * other)) / spread) if spread else 0.0

    def distance(first: float, second: float) -> float:
        return math.sqrt(max(0.0, first**2 - 2 * together * first * second + second**2))

    low = gain - loss - distance(gain - gain_low, loss_high - loss)
    high = gain - loss + distance(gain_high - gain, loss - loss_low)
    return max(-1.0, low), min(1.0, high)


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


def _residuals(ratio: Ratio) -> Vector:
    """What each sample adds to the error of a ratio; the sum of their squares is its variance.

    The ratio is linearised (Cochran, Sampling Techniques, 1977, 6.3), with n - 1 for n.
    """
    rest = (ratio.numerator - ratio.value * ratio.denominator) / ratio.denominator.sum()
    found: Vector = rest * math.sqrt(ratio.n / max(1, ratio.n - 1))
    return found


def _effective_samples(parts: Sequence[Ratio], share: float) -> float:
    """How many samples of 0 or 1 would tell of `share` as much as the samples of `parts` do."""
    from scipy.special import stdtrit

    weights = np.mean([part.denominator / part.denominator.sum() for part in parts], axis=0)
    residuals = np.mean([_residuals(part) for part in parts], axis=0)
    plain = 1 / float(np.sum(weights**2))
    fewest = 1 / float(weights.max())
    unseen = 1 / plain
    n = (share * (1 - share) + unseen) / (float(np.sum(residuals**2)) + unseen / plain)
    if plain > 1:
        believed, known = stdtrit([n - 1, plain - 1], 0.975)
        n *= min(1.0, float(believed / known)) ** 2
    return max(fewest, n)
