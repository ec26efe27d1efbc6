"""Looks at generated clips: the tiny judge's answers and a few measures, without files between."""

from __future__ import annotations

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
from lab.tiny_wan.experiment.rows import LETTERS, Row
from lab.tiny_wan.parts import FPS

# Under this, in levels of 255, the edit changes nothing at a pixel.
NO_CHANGE = 4
_LETTER = {answer: letter for letter, answer in LETTERS.items()}


def score_clip(judge: Judge, scene: Scene, frames: Frames) -> Row:
    """The row of a clip, compressed and decoded as a submitted video is; `change` and `elsewhere`
    are those of the frames before that.

    Args:
        judge: Asked the sample's own questions.
        scene: That the clip was made for.
        frames: RGB, shape (9, 64, 64, 3).
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
    return Row(
        sample_id=scene.sample.id,
        answers="".join(_LETTER[judgement.answer] for judgement in judged),
        dynamic_degree=MOTION.measure(observation)["dynamic_degree_dis"],
        first_frame=FIRST_FRAME.measure(observation)["first_frame_agreement"],
        change=change,
        elsewhere=elsewhere,
    )


def measure_change(scene: Scene, last: NDArray[np.uint8]) -> tuple[float, float]:
    """`Row.change` and `Row.elsewhere` of a last frame.

    Args:
        scene: What was to be done.
        last: RGB, shape (64, 64, 3).
    """
    still, done = (
        render_frames(scene.stage, behaviour)[-1].astype(np.float64)
        for behaviour in ("still", "done")
    )
    edit, off = done - still, last - still
    outside = np.abs(edit).max(axis=-1) < NO_CHANGE
    return float((off * edit).sum() / (edit**2).sum()), float(np.abs(off)[outside].mean())
