"""Temporal smoothness: how well every second frame follows from its two neighbors.

The rule is that of VBench's motion smoothness, but the frame in between comes from OpenCV's DIS
flow, where VBench has the interpolation network AMT. It has a name of its own and is not comparable
with VBench's number.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames, Video
from evaluators.frames.resizing import Pixels, grey, rescale
from evaluators.metrics.base import Metric, Observation, Quantity

SHORT_SIDE = 256


def temporal_smoothness(video: Video) -> float:
    """1 - mean difference between the second, fourth, ... frame and what its neighbors foretell.

    Returns:
        In [0, 1], differences in full brightness; 1 for fewer than three frames. Frames are resized
        to a short side of 256.
    """
    if len(video.frames) < 3:
        return 1.0
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    scale = SHORT_SIDE / min(video.height, video.width)
    differences = []
    one = rescale(video.frames[0], scale)
    for index in range(1, len(video.frames) - 1, 2):
        middle, other = (rescale(video.frames[n], scale) for n in (index, index + 1))
        between = _between(one, other, flow.calc(grey(one), grey(other), None))
        differences.append(float(cv2.absdiff(middle, between).mean()))
        one = other
    return 1 - float(np.mean(differences)) / 255


def _between(one: Pixels, other: Pixels, field: NDArray[np.float32]) -> Frames:
    """The picture halfway, from both, by the flow of the first at each place."""
    height, width = one.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    half = field / 2
    views = [
        cv2.remap(
            picture,
            x + sign * half[..., 0],
            y + sign * half[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for picture, sign in ((one, -1), (other, 1))
    ]
    return np.asarray(cv2.addWeighted(views[0], 0.5, views[1], 0.5, 0), dtype=np.uint8)


def _measure(observation: Observation) -> Mapping[str, float]:
    return {"temporal_smoothness_dis": temporal_smoothness(observation.video)}


SMOOTHNESS = Metric(
    version="1",
    measure=_measure,
    quantities=(
        Quantity(
            name="temporal_smoothness_dis",
            unit="share of full brightness",
            higher_is_better=True,
            bounds=(0.0, 1.0),
            description="How well every second frame follows from its two neighbors.",
            source="VBench motion smoothness (rule); OpenCV DISOpticalFlow (interpolation)",
        ),
    ),
)
