"""A decoded video: what follows from its frames and their rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evaluators.frames import Video


def test_size_and_duration_follow_from_the_frames() -> None:
    frames = np.zeros((12, 48, 64, 3), dtype=np.uint8)
    video = Video(Path("a.mp4"), "0" * 64, frames, np.arange(12) / 8, 8.0, "h264", "yuv420p")
    assert (video.height, video.width) == (48, 64)
    assert video.duration == 1.5  # the last frame's own time included
    assert (video.rotation, video.variable_rate, video.truncated) == (0, False, False)
