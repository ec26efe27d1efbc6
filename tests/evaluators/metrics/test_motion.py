"""Motion: known displacements come out as they went in."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics.dynamic_degree import is_dynamic
from evaluators.metrics.motion import MOTION, flow_magnitudes

MakeVideo = Callable[..., Video]
MakeFrames = Callable[..., Frames]


@pytest.mark.parametrize("pixels", [1, 3, 6, 10])
def test_a_textured_pan_has_its_speed_within_five_percent(
    make_video: MakeVideo, pan: MakeFrames, pixels: int
) -> None:
    magnitudes = flow_magnitudes(make_video(pan(pixels), fps=8))
    assert len(magnitudes) == 8
    assert magnitudes == pytest.approx(pixels, rel=0.05)


def test_the_speed_does_not_depend_on_size_or_frame_rate(
    make_video: MakeVideo, pan: MakeFrames
) -> None:
    small = flow_magnitudes(make_video(pan(4), fps=8))
    large = np.stack([cv2.resize(frame, (768, 512)) for frame in pan(4)])
    assert flow_magnitudes(make_video(large, fps=8)) == pytest.approx(small, rel=0.05)
    # Twice the frames at half the step: only every second one is looked at.
    fine = flow_magnitudes(make_video(pan(2, frames=17), fps=16))
    assert fine == pytest.approx(small, rel=0.05)


def test_a_still_video_does_not_move(make_video: MakeVideo, texture: MakeFrames) -> None:
    still = np.repeat(texture(384, 256)[None], 9, axis=0)
    video = make_video(still, fps=8)
    assert flow_magnitudes(video).max() < 0.05
    assert not is_dynamic(flow_magnitudes(video), short_side=256)


def test_a_single_frame_does_not_move(
    make_video: MakeVideo, texture: MakeFrames, make_observation: Callable[..., object]
) -> None:
    observation = make_observation(make_video(texture(64, 64)[None], fps=8))
    assert MOTION.measure(observation) == {  # type: ignore[arg-type]
        "dynamic_degree_dis": 0.0,
        "motion_magnitude_dis": 0.0,
    }


def test_magnitude_is_in_short_sides_a_second(
    make_video: MakeVideo, pan: MakeFrames, make_observation: Callable[..., object]
) -> None:
    observation = make_observation(make_video(pan(8), fps=8))
    values = MOTION.measure(observation)  # type: ignore[arg-type]
    assert values["motion_magnitude_dis"] == pytest.approx(8 * 8 / 256, rel=0.05)
    assert values["dynamic_degree_dis"] == 1.0
