"""Videos and observations from arrays, with no file in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics import Observation
from omiti2v.samples import Sample


@pytest.fixture(scope="session")
def make_video() -> Callable[..., Video]:
    def build(frames: Frames, *, fps: float = 8) -> Video:
        return Video(
            path=Path("a.mp4"),
            sha256="0" * 64,
            frames=frames,
            times=np.arange(len(frames)) / fps,
            fps=fps,
            codec="h264",
            pixel_format="yuv420p",
        )

    return build


@pytest.fixture(scope="session")
def make_observation(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> Callable[[Video], Observation]:
    def build(video: Video) -> Observation:
        return Observation(video, video.frames[0], make_samples(1)[0])

    return build
