"""Frames in which nothing happens: frozen ones and black ones."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from evaluators.frames import Frames, Video
from evaluators.frames.resizing import Pixels, grey, rescale
from evaluators.metrics.base import Metric, Observation, Quantity

SHORT_SIDE = 256

FROZEN_LEVELS = 10
FROZEN_PIXELS = 0.001

BLACK_LEVEL = 0.10 * 255
BLACK_PIXELS = 0.98


def frozen_frame_share(video: Video) -> float:
    """Share of the frames after the first that show nothing new; 1 for a single frame.

    A frame is held against the last one that did show something new (as FFmpeg's `freezedetect`
    does), not against its neighbor, so that a slow change is not taken for none. It shows nothing
    new where fewer than 0.1 % of the pixels, after resizing to a short side of at most 256, differ
    by more than 10 levels in brightness: compression noise stays below that, a small object that
    moves does not.
    """
    if len(video.frames) < 2:
        return 1.0
    frozen = 0
    standing = _small_grey(video.frames[0])
    for frame in video.frames[1:]:
        picture = _small_grey(frame)
        changed = np.mean(cv2.absdiff(standing, picture) > FROZEN_LEVELS)
        if changed < FROZEN_PIXELS:
            frozen += 1
        else:
            standing = picture
    return frozen / (len(video.frames) - 1)


def black_frame_share(video: Video) -> float:
    """Share of frames in which at least 98 % of the pixels are darker than 10 % of full brightness.

    The two numbers are the defaults of FFmpeg's `blackdetect`.
    """
    dark = [np.mean(_small_grey(frame) < BLACK_LEVEL) >= BLACK_PIXELS for frame in video.frames]
    return float(np.mean(dark))


def _small_grey(frame: Frames) -> Pixels:
    return rescale(grey(frame), min(1.0, SHORT_SIDE / min(frame.shape[:2])))


def _measure(observation: Observation) -> Mapping[str, float]:
    return {
        "frozen_frame_share": frozen_frame_share(observation.video),
        "black_frame_share": black_frame_share(observation.video),
    }


STILLNESS = Metric(
    version="1",
    measure=_measure,
    quantities=(
        Quantity(
            name="frozen_frame_share",
            unit="share of frames",
            higher_is_better=False,
            bounds=(0.0, 1.0),
            description="Frames that show nothing new.",
            source="FFmpeg freezedetect (the frame that others are held against)",
        ),
        Quantity(
            name="black_frame_share",
            unit="share of frames",
            higher_is_better=False,
            bounds=(0.0, 1.0),
            description="Frames that are black.",
            source="FFmpeg blackdetect (definition)",
        ),
    ),
)
