"""Motion: known displacements come out as they went in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics.motion import MOTION, flow_magnitudes, is_dynamic

MakeVideo = Callable[..., Video]


def texture(width: int, height: int) -> Frames:
    """Noise at several scales, as in nature: structure everywhere for the flow to hold on to."""
    noise = np.random.default_rng(3).normal(size=(height, width, 3))
    smooth = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1.5, 3, 6, 12))
    stretched = (smooth - np.min(smooth)) * (255 / np.ptp(smooth))
    return stretched.astype(np.uint8)


def pan(pixels: int, *, frames: int = 9, width: int = 384, height: int = 256) -> Frames:
    """A camera that moves sideways by so many pixels a frame."""
    wide = texture(width + pixels * frames, height)
    return np.stack([wide[:, pixels * n : pixels * n + width] for n in range(frames)])


@pytest.mark.parametrize("pixels", [1, 3, 6, 10])
def test_a_textured_pan_has_its_speed_within_five_percent(
    make_video: MakeVideo, pixels: int
) -> None:
    magnitudes = flow_magnitudes(make_video(pan(pixels), fps=8))
    assert len(magnitudes) == 8
    assert magnitudes == pytest.approx(pixels, rel=0.05)


def test_the_speed_does_not_depend_on_size_or_frame_rate(make_video: MakeVideo) -> None:
    small = flow_magnitudes(make_video(pan(4), fps=8))
    large = np.stack([cv2.resize(frame, (768, 512)) for frame in pan(4)])
    assert flow_magnitudes(make_video(large, fps=8)) == pytest.approx(small, rel=0.05)
    # Twice the frames at half the step: only every second one is looked at.
    fine = flow_magnitudes(make_video(pan(2, frames=17), fps=16))
    assert fine == pytest.approx(small, rel=0.05)


def test_a_still_video_does_not_move(make_video: MakeVideo) -> None:
    still = np.repeat(texture(384, 256)[None], 9, axis=0)
    video = make_video(still, fps=8)
    assert flow_magnitudes(video).max() < 0.05
    assert not is_dynamic(flow_magnitudes(video))


def test_a_single_frame_does_not_move(
    make_video: MakeVideo, make_observation: Callable[..., object]
) -> None:
    observation = make_observation(make_video(texture(64, 64)[None], fps=8))
    assert MOTION.measure(observation) == {  # type: ignore[arg-type]
        "dynamic_degree_dis": 0.0,
        "motion_magnitude_dis": 0.0,
    }


@pytest.mark.parametrize(
    ("moving", "pairs", "dynamic"),
    # 17 frames need round(17 / 4) = 4 pairs above 6 pixels.
    [(4, 16, True), (3, 16, False), (16, 16, True), (0, 16, False), (1, 1, True), (0, 1, False)],
)
def test_a_quarter_of_the_frames_decides(moving: int, pairs: int, dynamic: bool) -> None:
    magnitudes = np.array([6.01] * moving + [5.99] * (pairs - moving))
    assert is_dynamic(magnitudes) is dynamic


def test_the_threshold_itself_is_not_motion() -> None:
    assert not is_dynamic(np.full(16, 6.0))


def test_magnitude_is_in_short_sides_a_second(
    make_video: MakeVideo, make_observation: Callable[..., object], tmp_path: Path
) -> None:
    observation = make_observation(make_video(pan(8), fps=8))
    values = MOTION.measure(observation)  # type: ignore[arg-type]
    assert values["motion_magnitude_dis"] == pytest.approx(8 * 8 / 256, rel=0.05)
    assert values["dynamic_degree_dis"] == 1.0
