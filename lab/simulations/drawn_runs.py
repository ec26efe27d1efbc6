"""What drawn runs of the judged world have in common: values, mixes of videos, tallies of draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evaluators.world import BEHAVIOURS, Behaviour
from lab.simulations.judged_world import JudgedScene, as_answers
from omiti2v.bootstrap import Vector
from omiti2v.estimation.judge_correction import Matrix
from omiti2v.estimation.soft_scores import predicted_ratios
from omiti2v.records import Record
from omiti2v.samples import CATEGORIES
from omiti2v.score_ratios import answer_ratios

SAMPLES = 400
"""Of a run."""
Indices = NDArray[np.int64]

KEYS: Mapping[str, tuple[str, ...]] = {
    "accuracy": ("accuracy",),
    "success": ("outcome", "success"),
    "negligent": ("outcome", "negligent"),
}
Mix = Mapping[Behaviour, float]
EVEN: Mix = dict.fromkeys(BEHAVIOURS, 1 / len(BEHAVIOURS))
HALF: Mix = {
    "done": 0.5,
    "still": 0.2,
    "wrong_object": 0.1,
    "too_late": 0.05,
    "flicker": 0.05,
    "camera_only": 0.05,
    "blank": 0.03,
    "text": 0.02,
}
"""As a model that does half of what it is asked for."""
LESS: Mix = {**HALF, "done": 0.35, "still": 0.35}
"""A worse one."""
MIXES: Mapping[str, Mix] = {"half done": HALF, "all eight ways alike": EVEN}


class Row(Record):
    """How an interval did over all draws.

    Attributes:
        part: Which part of the page.
        setting: What was drawn.
        score: Of what.
        truth: Its true value.
        bias: Mean of the estimates less the truth.
        deviation: Standard deviation of the estimates.
        covered: Share of the intervals that hold the truth.
        width: Their mean width.
        alone: Mean width of what it is compared with: people's answers alone, or the judge's
            uncorrected score.
        draws: How many there are; fewer where the judge was too weak to correct.
    """

    part: str
    setting: str
    score: str
    truth: float
    bias: float
    deviation: float
    covered: float
    width: float
    alone: float
    draws: int


@dataclass(frozen=True)
class Values:
    """What each scene counts, by the way it is played, shape (scenes, behaviors).

    Attributes:
        truth, judge, predicted: By score; `predicted` is by P(yes).
        categories: Number of each scene's, shape (scenes,).
    """

    truth: Mapping[str, Matrix]
    judge: Mapping[str, Matrix]
    predicted: Mapping[str, Matrix]
    categories: NDArray[np.intp]


def values_of(scenes: Sequence[JudgedScene]) -> Values:
    """The values of scenes, by the same definitions as a run's."""
    samples = [scene.sample() for scene in scenes]
    tables: dict[str, dict[str, list[Vector]]] = {
        name: {key: [] for key in KEYS} for name in ("truth", "judge", "predicted")
    }
    for behaviour in BEHAVIOURS:
        clips = {scene.name: scene.clips[behaviour] for scene in scenes}
        chances = {
            scene.name: {
                f"q{number}": (p if expected == "y" else 1000 - p) / 1000
                for number, (p, expected) in enumerate(
                    zip(scene.clips[behaviour].p_yes, scene.expected, strict=True), start=1
                )
            }
            for scene in scenes
        }
        found = {
            "truth": answer_ratios(samples, {n: as_answers(c.truth) for n, c in clips.items()}),
            "judge": answer_ratios(samples, {n: as_answers(c.answers) for n, c in clips.items()}),
            "predicted": predicted_ratios(samples, chances),
        }
        for name, ratios in found.items():
            for score, key in KEYS.items():
                tables[name][score].append(ratios[key].numerator)
    stacked = {
        name: {score: np.stack(columns, axis=1) for score, columns in table.items()}
        for name, table in tables.items()
    }
    return Values(
        **stacked, categories=np.array([CATEGORIES.index(scene.category) for scene in scenes])
    )


def draw_behaviours(count: int, mix: Mix, rng: np.random.Generator) -> Indices:
    """Numbers of behaviors, shape (count,)."""
    return rng.choice(len(BEHAVIOURS), size=count, p=[mix[name] for name in BEHAVIOURS])


def true_values(values: Values, mix: Mix) -> dict[str, float]:
    """The means over all scenes played by a mix: the truth for samples like these."""
    shares = np.array([mix[name] for name in BEHAVIOURS])
    found = {score: float(values.truth[score].mean(axis=0) @ shares) for score in KEYS}
    by_scene = values.truth["accuracy"] @ shares
    found["semantic average"] = float(
        np.mean([by_scene[values.categories == number].mean() for number in range(len(CATEGORIES))])
    )
    return found


class Tally:
    """Estimates and intervals of one score."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self._covered: list[bool] = []
        self._widths: list[float] = []

    def add(self, value: float, interval: tuple[float, float], truth: float) -> None:
        """One draw."""
        low, high = interval
        self.values.append(value)
        self._covered.append(low <= truth <= high)
        self._widths.append(high - low)

    def row(self, *, part: str, setting: str, score: str, truth: float, alone: float) -> Row:
        """All draws."""
        return Row(
            part=part,
            setting=setting,
            score=score,
            truth=truth,
            bias=float(np.mean(self.values)) - truth,
            deviation=float(np.std(self.values)),
            covered=float(np.mean(self._covered)),
            width=float(np.mean(self._widths)),
            alone=alone if math.isfinite(alone) else 0.0,
            draws=len(self.values),
        )


def student_width(values: Vector) -> float:
    """Width of Student's 95 % interval of a mean."""
    n = len(values)
    return 2 * float(stdtrit(n - 1, 0.975) * values.std(ddof=1)) / math.sqrt(n)
