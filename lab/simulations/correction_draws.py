"""Draws of runs corrected by a calibration on other scenes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.calibration.scene_counts import count_scene
from evaluators.world import BEHAVIOURS
from lab.simulations.drawn_runs import (
    EVEN,
    HALF,
    KEYS,
    SAMPLES,
    Mix,
    Row,
    Tally,
    Values,
    draw_behaviours,
    student_width,
    true_values,
    values_of,
)
from lab.simulations.judged_world import JudgedScene, as_answers
from omiti2v.calibration import SceneCounts
from omiti2v.estimation.corrected_scores import corrected_means
from omiti2v.responses import Answer
from omiti2v.samples import Sample

CALIBRATION_SCENES = (30, 100)
CORRECTED = ("accuracy", "semantic_average", "success", "negligent")


def correction_rows(
    drawn: Sequence[JudgedScene], photographs: Sequence[JudgedScene], *, draws: int, seed: int
) -> list[Row]:
    """Corrected scores: both the samples and the scenes of the calibration are drawn anew."""
    world = CorrectionWorld.of(drawn)
    elsewhere = [_counts(scene, "photographs") for scene in photographs]
    rows = []
    for number, count in enumerate(CALIBRATION_SCENES):
        name = f"{count} other scenes"
        rows += _correction_rows(world, name, EVEN, None, count, draws, [seed, 3, number])
    # What is only reported takes fewer draws.
    fewer = max(1, draws // 4)
    name = f"{count} scenes over photographs"
    rows += _correction_rows(world, name, EVEN, elsewhere, count, fewer, [seed, 4])
    name = f"{count} other scenes, half of the videos done"
    rows += _correction_rows(world, name, HALF, None, count, fewer, [seed, 5])
    return rows


@dataclass(frozen=True)
class CorrectionWorld:
    """Scenes to be scored and calibrated on.

    Attributes:
        samples: Of each scene, one for each way to play it.
        answers: The judge's, by the samples' ids.
        counts: Of each scene, for a calibration.
        values: Of each scene.
    """

    samples: Sequence[Sequence[Sample]]
    answers: Mapping[str, Mapping[str, Answer]]
    counts: Sequence[SceneCounts]
    values: Values

    @classmethod
    def of(cls, scenes: Sequence[JudgedScene]) -> CorrectionWorld:
        """From judged scenes."""
        samples = [
            [
                scene.sample().model_copy(update={"id": f"{scene.name}-{behaviour}"})
                for behaviour in BEHAVIOURS
            ]
            for scene in scenes
        ]
        answers = {
            sample.id: as_answers(scene.clips[behaviour].answers)
            for scene, row in zip(scenes, samples, strict=True)
            for behaviour, sample in zip(BEHAVIOURS, row, strict=True)
        }
        return cls(samples, answers, [_counts(s, "drawn") for s in scenes], values_of(scenes))


def _counts(scene: JudgedScene, ground: str) -> SceneCounts:
    clips = [(as_answers(c.truth), as_answers(c.answers)) for c in scene.clips.values()]
    return count_scene(scene.sample(), clips, ground=ground)


def _correction_rows(
    world: CorrectionWorld,
    setting: str,
    mix: Mix,
    elsewhere: Sequence[SceneCounts] | None,
    count: int,
    draws: int,
    seed: Sequence[int],
) -> list[Row]:
    rng = np.random.default_rng(seed)
    pool = len(world.samples)
    truth = {n.replace(" ", "_"): value for n, value in true_values(world.values, mix).items()}
    corrected = {score: Tally() for score in CORRECTED}
    plain = {score: Tally() for score in CORRECTED}
    for _ in range(draws):
        scenes = rng.integers(pool, size=SAMPLES)
        played = draw_behaviours(SAMPLES, mix, rng)
        others = np.setdiff1d(np.arange(pool), scenes)
        known: Sequence[SceneCounts] = elsewhere or [world.counts[i] for i in others]
        calibration = [known[i] for i in rng.integers(len(known), size=count)]
        samples = [world.samples[i][b] for i, b in zip(scenes, played, strict=True)]
        found = corrected_means(samples, world.answers, world.answers.keys(), calibration)
        for score, mean in found.means.items():
            if score in CORRECTED:
                low, high = mean.interval
                cut = (max(0.0, low), min(1.0, high))
                corrected[score].add(min(1.0, max(0.0, mean.value)), cut, truth[score])
        for score in KEYS:
            own = world.values.judge[score][scenes, played]
            half = student_width(own) / 2
            value = float(own.mean())
            plain[score].add(value, (value - half, value + half), truth[score])
    return [
        tally.row(part="correction", setting=name, score=score, truth=truth[score], alone=math.nan)
        for name, table in ((setting, corrected), (f"{setting}: the judge's own", plain))
        for score, tally in table.items()
        if tally.values
    ]
