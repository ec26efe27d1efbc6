"""Dynamic degree: VBench's frames and decision with a given flow."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from evaluators.frames import Frames, Video
from evaluators.frames.resizing import grey
from evaluators.metrics import Observation
from evaluators.metrics.dynamic_degree import (
    RAFT_THINGS,
    dynamic_degree,
    is_dynamic,
    mean_of_fastest,
    vbench_frames,
)

MakeVideo = Callable[..., Video]
MakeObservation = Callable[[Video], Observation]


def steady(speed: float) -> Callable[[Frames, Frames], NDArray[np.float32]]:
    """A flow that says that everything moves to the right by so many pixels."""

    def flow(one: Frames, other: Frames) -> NDArray[np.float32]:
        field = np.zeros((*one.shape[:2], 2), np.float32)
        field[..., 0] = speed
        return field

    return flow


@pytest.mark.parametrize(
    ("size", "speed", "expected"),
    [((480, 832), 11.2, 0.0), ((480, 832), 11.3, 1.0), ((832, 480), 11.3, 1.0)],
)
def test_speed_is_held_against_the_short_side(
    make_video: MakeVideo,
    make_observation: MakeObservation,
    size: tuple[int, int],
    speed: float,
    expected: float,
) -> None:
    metric = dynamic_degree(steady(speed), name="given flow")
    observation = make_observation(make_video(np.zeros((5, *size, 3), np.uint8), fps=8))
    assert metric.measure(observation) == {"dynamic_degree": expected}


@pytest.mark.parametrize(("moving", "expected"), [(4, 1.0), (3, 0.0)])
def test_a_worked_example(
    make_video: MakeVideo, make_observation: MakeObservation, moving: int, expected: float
) -> None:
    """16 frames, 15 pairs: four of them must be faster than 6 pixels."""
    speeds = iter([9.0] * moving + [2.0] * (15 - moving))
    frames = np.zeros((16, 256, 256, 3), np.uint8)
    metric = dynamic_degree(lambda a, b: steady(next(speeds))(a, b), name="given flow")
    assert metric.measure(make_observation(make_video(frames, fps=8)))["dynamic_degree"] == expected


@pytest.mark.parametrize(
    ("fps", "frames", "seen"), [(8, 17, 17), (16, 81, 41), (24, 49, 17), (30, 61, 16), (4, 9, 9)]
)
def test_frames_are_taken_at_about_eight_a_second(
    make_video: MakeVideo, fps: float, frames: int, seen: int
) -> None:
    video = make_video(np.zeros((frames, 8, 8, 3), np.uint8), fps=fps)
    assert len(vbench_frames(video)) == seen


@pytest.mark.parametrize(("pixels", "expected"), [(4, 0.0), (5, 0.0), (7, 1.0), (10, 1.0)])
def test_with_a_flow_that_sees_a_pan_is_dynamic_from_six_pixels_a_frame(
    make_video: MakeVideo,
    make_observation: MakeObservation,
    pan: Callable[..., Frames],
    pixels: int,
    expected: float,
) -> None:
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    metric = dynamic_degree(lambda one, two: dis.calc(grey(one), grey(two), None), name="DIS")
    observation = make_observation(make_video(pan(pixels), fps=8))
    assert metric.measure(observation)["dynamic_degree"] == expected


def test_a_single_frame_does_not_move(
    make_video: MakeVideo, make_observation: MakeObservation
) -> None:
    observation = make_observation(make_video(np.zeros((1, 256, 256, 3), np.uint8)))
    assert dynamic_degree(steady(99), name="x").measure(observation) == {"dynamic_degree": 0.0}


def test_the_usual_weights_have_a_checksum() -> None:
    assert "#sha256=" in RAFT_THINGS


@pytest.mark.parametrize(
    ("moving", "pairs", "dynamic"),
    # 17 frames need round(17 / 4) = 4 pairs above 6 pixels.
    [(4, 16, True), (3, 16, False), (16, 16, True), (0, 16, False), (1, 1, True), (0, 1, False)],
)
def test_a_quarter_of_the_frames_decides(moving: int, pairs: int, dynamic: bool) -> None:
    magnitudes = np.array([6.01] * moving + [5.99] * (pairs - moving))
    assert is_dynamic(magnitudes, short_side=256) is dynamic


def test_the_threshold_itself_is_not_motion() -> None:
    assert not is_dynamic(np.full(16, 6.0), short_side=256)


@pytest.mark.parametrize(("short_side", "threshold"), [(256, 6.0), (480, 11.25), (1024, 24.0)])
def test_the_threshold_grows_with_the_short_side(short_side: int, threshold: float) -> None:
    assert not is_dynamic(np.full(16, threshold), short_side=short_side)
    assert is_dynamic(np.full(16, threshold + 0.01), short_side=short_side)


def test_no_pairs_are_no_motion() -> None:
    assert not is_dynamic(np.array([]), short_side=256)


def test_only_the_fastest_twentieth_of_the_picture_counts() -> None:
    field = np.zeros((20, 20, 2), np.float32)
    field[0, :, 0], field[0, :, 1] = 3, 4  # 20 of 400 pixels, 5 long
    field[1, :10, 0] = 1
    assert mean_of_fastest(field) == pytest.approx(5.0)
    field[0, :10] = 0  # now half of the twentieth is 5 long, the other half 1
    assert mean_of_fastest(field) == pytest.approx(3.0)
