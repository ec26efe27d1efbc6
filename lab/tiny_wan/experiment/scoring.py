"""Looks at generated clips: the tiny judge's answers and a few measures, without files between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames, Video
from evaluators.judges import Judge
from evaluators.metrics.base import Observation
from evaluators.metrics.motion import MOTION
from evaluators.metrics.reference import FIRST_FRAME
from evaluators.world import Nuisances, Scene, render_frames, render_reference
from lab.tiny_judge.examples import compress
from lab.tiny_judge.measure import clip_of
from lab.tiny_wan.parts import FPS

MEASURES = ("dynamic_degree", "first_frame", "change", "elsewhere")
"""Numbers of a clip beside the judge's answers; see `score_clip`."""

# Below this, in levels of 255, the edit changes nothing at a pixel.
NO_CHANGE = 4


def score_clip(judge: Judge, scene: Scene, frames: Frames) -> Mapping[str, str | float]:
    """The row of a clip, compressed and decoded as a submitted video is; `change` and `elsewhere`
    are those of the frames before that.

    Args:
        judge: Asked the sample's own questions.
        scene: What the clip was made for.
        frames: RGB, shape (9, 64, 64, 3).

    Returns:
        `sample_id`; `answers`, the first letter of each answer in the order of the questions;
        `dynamic_degree`, 1 where it moves by VBench's rule with DIS flow, else 0; `first_frame`,
        agreement of the first frame with the reference image, -1 to 1; `change` and `elsewhere` of
        `measure_change`.
    """
    seen = compress(frames, Nuisances().crf)
    judged = judge.judge(clip_of(seen, judge), [one.question for one in scene.sample.questions])
    video = Video(
        path=Path(f"{scene.sample.id}.mp4"),
        sha256="",
        frames=seen,
        times=np.arange(len(seen)) / FPS,
        fps=float(FPS),
        codec="h264",
        pixel_format="yuv420p",
    )
    observation = Observation(video, render_reference(scene.stage), scene.sample)
    change, elsewhere = measure_change(scene, frames[-1])
    return {
        "sample_id": scene.sample.id,
        "answers": "".join(judgement.answer[0] for judgement in judged),
        "dynamic_degree": MOTION.measure(observation)["dynamic_degree_dis"],
        "first_frame": FIRST_FRAME.measure(observation)["first_frame_agreement"],
        "change": change,
        "elsewhere": elsewhere,
    }


def measure_change(scene: Scene, last: NDArray[np.uint8]) -> tuple[float, float]:
    """How far a clip has gone towards the rendered edit, without a judge.

    Args:
        scene: What was to be done.
        last: The clip's last frame, RGB, shape (64, 64, 3).

    Returns:
        How far it has gone from the last frame of the rendered `still` clip to that of the rendered
        `done` clip: 0 none of the edit, 1 all of it; and its mean absolute difference from the
        `still` clip where the edit changes nothing, in levels of 255.
    """
    still, done = (
        render_frames(scene.stage, behaviour)[-1].astype(np.float64)
        for behaviour in ("still", "done")
    )
    edit, off = done - still, last - still
    outside = np.abs(edit).max(axis=-1) < NO_CHANGE
    return float((off * edit).sum() / (edit**2).sum()), float(np.abs(off)[outside].mean())
