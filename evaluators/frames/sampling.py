"""Which frames of a video an evaluator looks at: pure functions of the frame times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.frames.video import Clip, Video


@dataclass(frozen=True, kw_only=True)
class FrameRule:
    """Sampling by rate or by number; exactly one of `fps` and `count` is given.

    Attributes:
        fps: Frames per second of video time. The frame shown at 0, 1/fps, 2/fps, ... is taken; a
            video slower than that gives each of its frames once.
        count: That many frames, evenly spaced from the first to the last; a shorter video gives
            each of its frames once.
        max_frames: With `fps`: a video that would give more is sampled by this count instead, so
            that its end is never cut off.

    Raises:
        ValueError: Neither or both of `fps` and `count`, or a value that is not positive.
    """

    fps: float | None = None
    count: int | None = None
    max_frames: int | None = None

    def __post_init__(self) -> None:
        if (self.fps is None) == (self.count is None):
            raise ValueError("FrameRule: expected one of fps and count")
        for name in ("fps", "count", "max_frames"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise ValueError(f"FrameRule: {name}: expected a positive number, got {value!r}")

    def __str__(self) -> str:
        """The rule as it is written into response logs and cache keys, as "fps=8,max=64"."""
        text = f"fps={self.fps:g}" if self.fps is not None else f"count={self.count}"
        return text if self.max_frames is None else f"{text},max={self.max_frames}"


def sample_indices(times: NDArray[np.float64], rule: FrameRule) -> NDArray[np.intp]:
    """Indices of the frames that `rule` picks, increasing and without repeats.

    Args:
        times: Presentation times in seconds, shape (n,), increasing, n >= 1.
        rule: The rule.
    """
    raise NotImplementedError


def sample_frames(video: Video, rule: FrameRule) -> Clip:
    """The frames of `video` that `rule` picks."""
    raise NotImplementedError
