"""The cases of `lab.simulations.coverage` that are no scores: metrics and calibration errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.calibration.reliability import calibration_error
from evaluators.calibration.trials import Trial
from lab.simulations.coverage_cases import Case, Draw, Drawn
from lab.simulations.sampled_scores import Floats, Generator
from omiti2v.bootstrap import Ratio
from omiti2v.intervals import Bounds, mean_interval

Sample = Callable[[Generator, int], Floats]

METRICS: dict[str, tuple[Sample, float]] = {
    "normal": (lambda rng, n: rng.normal(5, 1, n), 5.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0),
    "log-normal, 0.5": (lambda rng, n: rng.lognormal(0, 0.5, n), math.exp(0.125)),
    "log-normal, 1": (lambda rng, n: rng.lognormal(0, 1, n), math.exp(0.5)),
    "log-normal, 1, to the left": (lambda rng, n: -rng.lognormal(0, 1, n), -math.exp(0.5)),
    "Student, 3": (lambda rng, n: rng.standard_t(3, n), 0.0),
    "one in five far off": (
        lambda rng, n: rng.normal(0, 0.1, n) + 3 * (rng.random(n) < 0.2),
        0.6,
    ),
}
"""Shapes of a metric without bounds, each with its mean."""

BOUNDED_METRICS: dict[str, tuple[Sample, float]] = {
    "beta 2, 50": (lambda rng, n: rng.beta(2, 50, n), 2 / 52),
    "beta 50, 2": (lambda rng, n: rng.beta(50, 2, n), 50 / 52),
    "beta 0.3, 0.3": (lambda rng, n: rng.beta(0.3, 0.3, n), 0.5),
    "beta 0.2, 10": (lambda rng, n: rng.beta(0.2, 10, n), 0.2 / 10.2),
    "mostly 1": (lambda rng, n: np.where(rng.random(n) < 0.9, 1.0, rng.random(n)), 0.95),
    "equal, one in thirty 0": (lambda rng, n: np.where(rng.random(n) < 1 / 30, 0.0, 0.6), 0.58),
}
"""Shapes of a metric from 0 to 1, each with its mean."""


def metric_cases(sizes: Sequence[int]) -> Iterator[Case]:
    """Means of metrics of several shapes."""
    for n in sizes:
        for name, (sample, truth) in METRICS.items():
            yield _metric_case("metric without bounds", name, n, truth, sample, (None, None))
        for name, (sample, truth) in BOUNDED_METRICS.items():
            yield _metric_case("metric within bounds", name, n, truth, sample, (0.0, 1.0))


def _metric_case(
    kind: str, name: str, n: int, truth: float, sample: Sample, bounds: Bounds
) -> Case:
    def draw(rng: Generator) -> Drawn:
        ratio = Ratio(sample(rng, n), np.ones(n))
        return ratio.value, mean_interval(ratio, bounds=bounds)

    return Case(kind, name, n, truth, draw)


JUDGES = ((1.0, 1.0, 0.0), (3.0, 1.0, 0.0), (3.0, 0.5, 0.0), (3.0, 1.0, 2.0))
"""How sure a judge is, and by how much its log odds are wrong: slope and shift."""


def calibration_error_cases(sizes: Sequence[int]) -> Iterator[Case]:
    """The expected calibration error of judges that are right about themselves, or too sure."""
    for n in sizes:
        for sure, slope, shift in JUDGES:
            judge = _Judge(sure, slope, shift)
            setting = f"sureness {sure:g}, slope {slope:g}, shift {shift:g}"
            yield Case("calibration error", setting, n, judge.true_error(), judge.draw(n))


@dataclass(frozen=True)
class _Judge:
    """A judge whose P(yes) has log odds z, where the truth is yes with log odds slope z + shift."""

    sure: float
    slope: float
    shift: float
    questions: int = 6

    def _levels(self, rng: Generator, n: int) -> Floats:
        likeness = 0.3
        common, own = rng.normal(size=(n, 1)), rng.normal(size=(n, self.questions))
        return self.sure * (math.sqrt(likeness) * common + math.sqrt(1 - likeness) * own)

    def _yes(self, levels: Floats) -> Floats:
        return 1 / (1 + np.exp(-(self.slope * levels + self.shift)))

    def true_error(self) -> float:
        levels = self._levels(np.random.default_rng(0), 300_000).ravel()
        said = 1 / (1 + np.exp(-levels))
        bins = np.minimum((said * 10).astype(int), 9)
        return float(np.abs(np.bincount(bins, said - self._yes(levels))).sum() / len(levels))

    def draw(self, n: int) -> Draw:
        def found(rng: Generator) -> Drawn:
            levels = self._levels(rng, n)
            said = 1 / (1 + np.exp(-levels))
            yes = rng.random(levels.shape) < self._yes(levels)
            trials = [
                _trial(scene, float(said[scene, i]), bool(yes[scene, i]))
                for scene in range(n)
                for i in range(self.questions)
            ]
            scene_of = np.repeat(np.arange(n), self.questions).tolist()
            estimate = calibration_error(trials, scene_of, n, resamples=400, seed=0)
            assert estimate is not None and estimate.low is not None and estimate.high is not None
            return estimate.value, (estimate.low, estimate.high)

        return found


def _trial(scene: int, p_yes: float, truth: bool) -> Trial:
    return Trial(
        scene=str(scene),
        ground="drawn",
        category="addition",
        kind="appears",
        behaviour="still",
        question_id="q",
        dimension="count",
        truth="yes" if truth else "no",
        answer="yes" if p_yes >= 0.5 else "no",
        p_yes=p_yes,
    )
