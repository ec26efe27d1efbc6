"""Frames in which nothing happens: frozen ones and black ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Video
from evaluators.frames.resizing import Pixels, grey, rescale
from evaluators.metrics.base import Metric, Observation, Quantity

SHORT_SIDE = 256

FROZEN_LEVELS = 10
FROZEN_PIXELS = 0.001

BLACK_LEVEL = int(0.10 * 255)
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
    new = shows_new(small_greys(video))
    return int(np.sum(~new)) / (len(new) - 1)


def shows_new(pictures: Iterable[Pixels]) -> NDArray[np.bool_]:
    """Whether each picture, of those that `small_greys` gives, shows something new."""
    new: list[bool] = []
    standing = None
    for picture in pictures:
        new.append(
            standing is None
            or _share(cv2.absdiff(standing, picture) > FROZEN_LEVELS) >= FROZEN_PIXELS
        )
        standing = picture if new[-1] else standing
    return np.array(new)


def black_frame_share(video: Video) -> float:
    """Share of frames in which at least 98 % of the pixels are darker than 10 % of full brightness.

    The two numbers are the defaults of FFmpeg's `blackdetect`.
    """
    dark = [_share(picture <= BLACK_LEVEL) >= BLACK_PIXELS for picture in small_greys(video)]
    return float(np.mean(dark))


def small_greys(video: Video) -> Iterator[Pixels]:
    """The brightness of each frame, resized to a short side of at most 256."""
    scale = min(1.0, SHORT_SIDE / min(video.frames.shape[1:3]))
    return (rescale(grey(frame), scale) for frame in video.frames)


def _share(pixels: NDArray[np.bool_]) -> float:
    return np.count_nonzero(pixels) / pixels.size  # several times as fast as `np.mean`


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
