"""Draws of runs corrected by a calibration on other scenes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.calibration.scene_counts import count_scene
from evaluators.world import BEHAVIOURS
from lab.simulations.drawn_runs import (
    EVEN,
    HALF,
    KEYS,
    SAMPLES,
    Indices,
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
from omiti2v.estimation.corrected_scores import correct_counts
from omiti2v.estimation.judged_counts import Counts, JudgedCounts, judged_counts

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
        judged: What the judge says of each scene, played in each way, one after another.
        counts: Of each scene, for a calibration.
        values: Of each scene.
    """

    judged: JudgedCounts
    counts: Sequence[SceneCounts]
    values: Values

    @classmethod
    def of(cls, scenes: Sequence[JudgedScene]) -> CorrectionWorld:
        """From judged scenes."""
        clips = [
            (scene.sample().model_copy(update={"id": f"{scene.name}-{name}"}), scene.clips[name])
            for scene in scenes
            for name in BEHAVIOURS
        ]
        judged = judged_counts(
            [sample for sample, _ in clips],
            {sample.id: as_answers(clip.answers) for sample, clip in clips},
            {sample.id for sample, _ in clips},
        )
        return cls(judged, [_counts(s, "drawn") for s in scenes], values_of(scenes))

    def run(self, scenes: Indices, played: Indices) -> JudgedCounts:
        """A drawn run, of which scenes are played in which ways."""
        rows = scenes * len(BEHAVIOURS) + played

        def part(counts: Counts) -> Counts:
            return Counts(counts.kinds, counts.asked[rows], counts.judged[rows], counts.all[rows])

        return JudgedCounts(
            self.judged.category[rows],
            {name: part(counts) for name, counts in self.judged.questions.items()},
            {name: part(counts) for name, counts in self.judged.outcomes.items()},
        )


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
    pool = len(world.counts)
    truth = {n.replace(" ", "_"): value for n, value in true_values(world.values, mix).items()}
    corrected = {score: Tally() for score in CORRECTED}
    plain = {score: Tally() for score in CORRECTED}
    for _ in range(draws):
        scenes = rng.integers(pool, size=SAMPLES)
        played = draw_behaviours(SAMPLES, mix, rng)
        # Independently of those scored: what these leave over of a pool would differ from them.
        known = elsewhere or world.counts
        calibration = [known[i] for i in rng.integers(len(known), size=count)]
        found = correct_counts(world.run(scenes, played), calibration)
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
