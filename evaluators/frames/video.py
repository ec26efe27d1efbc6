"""A decoded video and the frames that an evaluator is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
"""RGB frames, shape (frames, height, width, 3), values 0 to 255."""


@dataclass(frozen=True)
class Video:
    """A whole video, decoded once and handed to every evaluator.

    Attributes:
        path: The file.
        sha256: Digest of the file's bytes, 64 hex digits.
        frames: RGB, shape (n, height, width, 3), uint8, upright (rotation applied), read-only.
        times: Presentation time of each frame in seconds from the first, shape (n,), increasing,
            read-only.
        fps: Mean frames per second.
        codec: Name of the codec, as "h264".
        pixel_format: Stored pixel format, as "yuv420p".
        rotation: Degrees clockwise by which the stored frames were turned to stand upright: 0, 90,
            180 or 270.
        variable_rate: True where the frames are not evenly spaced.
        stated_fps: Frames per second by the file's own count and length; None where it states none.
        truncated: True where the file ends early or has damaged frames, and only what could be
            decoded is here.
    """

    path: Path
    sha256: str
    frames: Frames
    times: NDArray[np.float64]
    fps: float
    codec: str
    pixel_format: str
    rotation: int = 0
    variable_rate: bool = False
    stated_fps: float | None = None
    truncated: bool = False

    @property
    def height(self) -> int:
        return int(self.frames.shape[1])

    @property
    def width(self) -> int:
        return int(self.frames.shape[2])

    @property
    def duration(self) -> float:
        """Seconds, the last frame's own display time included."""
        return len(self.frames) / self.fps


@dataclass(frozen=True)
class Clip:
    """The frames of a video that an evaluator looks at.

    Attributes:
        frames: RGB, shape (n, height, width, 3), uint8.
        times: Seconds from the video's first frame, shape (n,).
        indices: Position of each frame in the video, shape (n,).
        fps: Mean frames per second of the clip itself (not of the video).
        video_seconds: How long the whole video is; None where that is not known.
    """

    frames: Frames
    times: NDArray[np.float64]
    indices: NDArray[np.intp]
    fps: float
    video_seconds: float | None = None
