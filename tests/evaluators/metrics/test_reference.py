"""Agreement of the first frame with the reference image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics import Observation
from evaluators.metrics.reference import FIRST_FRAME
from omiti2v.samples import Sample


def test_only_the_first_frame_counts_and_it_is_held_against_the_reference(
    make_video: Callable[..., Video],
    make_samples: Callable[..., tuple[Sample, ...]],
    texture: Callable[[int, int], Frames],
) -> None:
    picture = texture(128, 96)
    other = np.ascontiguousarray(picture[::-1, ::-1])
    for frames, expected in (([picture, other], 1.0), ([other, picture], 0.5)):
        seen = Observation(make_video(np.stack(frames)), picture, make_samples(1)[0])
        [(name, value)] = FIRST_FRAME.measure(seen).items()
        assert name == "first_frame_agreement"
        assert value == pytest.approx(1.0, abs=0.01) if expected == 1.0 else value < expected
