"""Shares corrected for a judge's measured errors, with intervals that carry both uncertainties.

A judge takes what is right for right in a share S of the cases and what is wrong for right in a
share F. Of a share t that is truly right it then sees t S + (1 - t) F, so that t is what it sees
less F, over S - F: Rogan and Gladen's estimate (American Journal of Epidemiology 107, 1978), which
Lee et al. (arXiv 2511.21140) propose for models that judge. S - F is Youden's J: 1 for a judge that
never errs, 0 for one that guesses, whose answers no correction saves. Questions of different kinds
are judged with different rates; each kind is corrected by its own.

The samples have an error, and so has each rate. The estimate is moved to both ends of the interval
of each rate (Wilson's, with the number of independent trials that the scenes' differences leave),
and these distances are put together by their squares, as in the method of variance estimates
recovery (Zou and Donner, Statistics in Medicine 27, 2008). So the interval is as lopsided as a
division by an uncertain J makes it, and it has a width where no error was seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omiti2v.bootstrap import Vector
from omiti2v.number_format import percent

Matrix = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEWEST_TRIALS = 30
FEWEST_SCENES = 10
LEAST_J = 0.2
_ERRORS_ABOVE_0 = 3
_MADE_UP = 2
_SMALLEST_J = 0.02
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Trials:
    """How often a judge says "right" of one kind of question, by scene.

    Attributes:
        right: Of those that are: asked and judged right, shape (scenes, 2).
        wrong: Of those that are not, shape (scenes, 2).
    """

    right: Matrix
    wrong: Matrix

    @property
    def rates(self) -> tuple[Rate, Rate]:
        """Both shares."""
        return Rate.of(self.right), Rate.of(self.wrong)


def refusal_of(trials: Trials | None, weighted: Trials | None = None) -> str | None:
    """Why nothing can be corrected by trials; None where it can.

    Args:
        trials: As they were counted; None for none.
        weighted: The same as the rates are taken from, where they don't all count alike.
    """
    if trials is None or any(
        side[:, 0].sum() < FEWEST_TRIALS or np.count_nonzero(side[:, 0]) < FEWEST_SCENES
        for side in (trials.right, trials.wrong)
    ):
        return "the calibration has too few trials"
    rates = (weighted or trials).rates
    youden = rates[0].share - rates[1].share
    error = math.sqrt(sum(rate.variance for rate in rates))
    if youden < LEAST_J or youden < _ERRORS_ABOVE_0 * error:
        return (
            f"the judge is too weak to correct: it says right of {percent(rates[0].share)} % "
            f"of what is and of {percent(rates[1].share)} % of what is not"
        )
    return None


@dataclass(frozen=True)
class Rate:
    """A share of trials that are clustered in scenes.

    Attributes:
        share: Judged right.
        residuals: What each scene adds to its error, shape (scenes,).
        low, high: Its 95 % interval.
    """

    share: float
    residuals: Vector
    low: float
    high: float

    @property
    def variance(self) -> float:
        """As the scenes' differences show it; 0 where they are alike."""
        return float(np.sum(self.residuals**2))

    @classmethod
    def of(cls, trials: Matrix) -> Rate:
        """From trials asked and judged right, shape (scenes, 2)."""
        asked, hits = trials.T
        total = float(asked.sum())
        share = float(hits.sum()) / total
        # As many scenes of one size as tell as much as these (Kish).
        scenes = total**2 / float(np.sum(asked**2))
        residuals = (hits - share * asked) / total * math.sqrt(scenes / max(1.0, scenes - 1))
        seen = float(np.sum(residuals**2))
        independent = total * min(1.0, share * (1 - share) / total / seen) if seen else total
        return cls(share, residuals, *_wilson(share, independent, freedom=scenes - 1))


def _wilson(share: float, n: float, *, freedom: float) -> tuple[float, float]:
    """Wilson's interval (1927) with Student's quantile in place of the normal one."""
    t = _quantile(freedom)
    below = 1 + t**2 / n
    center = (share + t**2 / (2 * n)) / below
    half = t * math.sqrt(share * (1 - share) / n + t**2 / (4 * n**2)) / below
    return max(0.0, center - half), min(1.0, center + half)


def _quantile(freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(1.0, freedom), (1 + _CONFIDENCE) / 2))


@dataclass(frozen=True)
class Corrected:
    """A corrected mean over samples, or a difference or average of some: all are linear in these.

    Attributes:
        rates: Of each kind of question: of what is right, and of what is wrong.
        seen: Share that the judge takes for right, by kind, shape (kinds,).
        asked: Share of the questions, by kind, shape (kinds,).
        samples: What each sample adds to the error, shape (samples,).
        pull, alike: By how much the middle of the interval, and the variance, differ for two
            samples more of which all is judged right, and two of which nothing is.
        n: Number of samples.
    """

    rates: Sequence[tuple[Rate, Rate]]
    seen: Vector
    asked: Vector
    samples: Vector
    pull: float
    alike: float
    n: int

    @property
    def value(self) -> float:
        """The estimate; it may lie outside of what is possible."""
        return self._at(self._shares())

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, before it is cut to what is possible."""
        shares = self._shares()
        value = self._at(shares)
        half = _quantile(self.n - 1) * math.sqrt(float(np.sum(self.samples**2)) + self.alike)
        down, up = [half - self.pull], [half + self.pull]
        together = math.sqrt(self._together(shares))
        for kind, pair in enumerate(self.rates):
            for side, rate in enumerate(pair):
                moved = []
                for end in (rate.low, rate.high):
                    shares[kind, side] = end
                    moved.append(together * (self._at(shares) - value))
                shares[kind, side] = rate.share
                down.append(max(0.0, -min(moved)))
                up.append(max(0.0, *moved))
        return value - math.hypot(*down), value + math.hypot(*up)

    def _shares(self) -> Matrix:
        return np.array([[rate.share for rate in pair] for pair in self.rates])

    def _at(self, shares: Matrix) -> float:
        youden = np.maximum(shares[:, 0] - shares[:, 1], _SMALLEST_J)
        return float(np.sum((self.seen - shares[:, 1] * self.asked) / youden))

    def _together(self, shares: Matrix) -> float:
        """The variance of all rates as the scenes show it, over that of independent rates."""
        youden = shares[:, 0] - shares[:, 1]
        right = (self.seen - shares[:, 1] * self.asked) / youden
        slopes = np.stack([-right / youden, (right - self.asked) / youden], axis=1)
        residuals = np.array([[rate.residuals for rate in pair] for pair in self.rates])
        moved = slopes[..., None] * residuals
        apart = float(np.sum(moved**2))
        return float(np.sum(moved.sum(axis=(0, 1)) ** 2)) / apart if apart else 1.0

    def minus(self, other: Corrected) -> Corrected:
        """The difference from another over the same samples by the same rates."""
        return Corrected(
            rates=self.rates,
            seen=self.seen - other.seen,
            asked=self.asked - other.asked,
            samples=self.samples - other.samples,
            pull=self.pull - other.pull,
            alike=(self.alike + other.alike) / 2,
            n=min(self.n, other.n),
        )


def average(parts: Sequence[Corrected]) -> Corrected:
    """The mean of several over the same samples by the same rates."""
    return Corrected(
        rates=parts[0].rates,
        seen=np.mean([part.seen for part in parts], axis=0),
        asked=np.mean([part.asked for part in parts], axis=0),
        samples=np.mean([part.samples for part in parts], axis=0),
        pull=float(np.mean([part.pull for part in parts])),
        alike=sum(part.alike for part in parts) / len(parts) ** 2,
        n=sum(part.n for part in parts) - len(parts) + 1,
    )


def correct(
    judged: Matrix, asked: Matrix, rates: Sequence[tuple[Rate, Rate]], *, covered: Mask
) -> Corrected:
    """The mean over samples of the share that is truly right.

    Args:
        judged: Of each sample, the weight of its questions of each kind that the judge takes for
            right, shape (samples, kinds).
        asked: The weight of all of them, shape (samples, kinds). A sample's add up to 1, or to 0
            where it is known that nothing of it is right, as without a video.
        rates: Of each kind; see `refusal_of`.
        covered: The samples that the mean is over, shape (samples,).
    """
    n = int(covered.sum())
    shares = np.array([[rate.share for rate in pair] for pair in rates])
    youden = shares[:, 0] - shares[:, 1]
    values = ((judged - shares[:, 1] * asked) / youden).sum(axis=1)[covered]
    mix = asked[covered].mean(axis=0)
    ends = np.array(
        [np.sum((all_right * mix - shares[:, 1] * mix) / youden) for all_right in (0, 1)]
    )
    size = n + _MADE_UP * len(ends)
    middle = float(values.sum() + _MADE_UP * ends.sum()) / size
    samples = np.zeros(len(asked))
    samples[covered] = (values - middle) / size
    return Corrected(
        rates=rates,
        seen=judged[covered].mean(axis=0),
        asked=mix,
        samples=samples,
        pull=middle - float(values.mean()),
        alike=_MADE_UP * float(np.sum((ends - middle) ** 2)) / size**2,
        n=n,
    )
