"""How much moves: dense optical flow by OpenCV's DIS, no weights.

The decision rule is that of VBench's dynamic degree, with DIS in the place of RAFT, frames by time
and at one size; so it has a name of its own and is not comparable with VBench's number.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import FrameRule, Video, sample_frames
from evaluators.frames.resizing import grey, rescale
from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.dynamic_degree import SHORT_SIDE, is_dynamic, mean_of_fastest

FLOW_FPS = 8.0


def flow_magnitudes(video: Video) -> NDArray[np.float64]:
    """Mean of the largest 5 % of the flow between neighboring frames at 8 frames per second.

    Returns:
        Shape (sampled frames - 1,), in pixels after resizing to a short side of 256.
    """
    frames = sample_frames(video, FrameRule(fps=FLOW_FPS)).frames
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    magnitudes = []
    previous = None
    for frame in frames:
        picture = rescale(grey(frame), SHORT_SIDE / min(frame.shape[:2]))
        if previous is not None:
            magnitudes.append(mean_of_fastest(flow.calc(previous, picture, None)))
        previous = picture
    return np.array(magnitudes, dtype=np.float64)


def _measure(observation: Observation) -> Mapping[str, float]:
    magnitudes = flow_magnitudes(observation.video)
    speed = float(magnitudes.mean()) * FLOW_FPS / SHORT_SIDE if len(magnitudes) else 0.0
    return {
        "dynamic_degree_dis": float(is_dynamic(magnitudes, short_side=SHORT_SIDE)),
        "motion_magnitude_dis": speed,
    }


MOTION = Metric(
    version="1",
    measure=_measure,
    quantities=(
        Quantity(
            name="dynamic_degree_dis",
            unit="share of videos",
            higher_is_better=True,
            bounds=(0.0, 1.0),
            description="Whether a quarter of the frames move by VBench's rule, with DIS flow.",
            source="VBench dynamic degree (decision rule); OpenCV DISOpticalFlow (flow)",
        ),
        Quantity(
            name="motion_magnitude_dis",
            unit="short sides / s",
            higher_is_better=None,
            bounds=(0.0, None),
            description="Mean speed of the 5 % of the picture that moves fastest.",
            source="OpenCV DISOpticalFlow",
        ),
    ),
)
