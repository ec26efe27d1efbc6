"""Dynamic degree: VBench's frames and decision with a given flow, and RAFT's wiring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.models.optical_flow import raft_large

from evaluators.frames import Frames, Video
from evaluators.frames.resizing import grey
from evaluators.metrics import Observation
from evaluators.metrics.dynamic_degree import (
    RAFT_THINGS,
    dynamic_degree,
    load_raft,
    padding,
    raft_flow,
    vbench_frames,
)
from omiti2v.errors import UserError

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


def test_sides_are_padded_to_multiples_of_eight_on_both_ends() -> None:
    assert padding(480, 832) == [0, 0, 0, 0]
    assert padding(130, 133) == [1, 2, 3, 3]


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    """RAFT with random weights: it finds no motion, but takes and gives what RAFT does."""
    torch.manual_seed(0)
    return raft_large(weights=None)


def test_raft_gets_both_pictures_in_its_range_and_gives_a_vector_for_each_pixel(
    network: torch.nn.Module,
) -> None:
    seen: list[torch.Tensor] = []
    hook = network.register_forward_pre_hook(lambda module, given: seen.extend(given))
    one = np.zeros((128, 133, 3), np.uint8)
    other = np.full_like(one, 255)
    field = raft_flow(network, device="cpu")(one, other)
    hook.remove()
    assert field.shape == (128, 136, 2)
    assert np.isfinite(field).all()
    assert seen[0].shape == seen[1].shape == (1, 3, 128, 136)
    assert seen[0].unique().tolist() == [-1.0]
    assert seen[1].unique().tolist() == [1.0]


def test_frames_too_small_for_raft_are_refused(network: torch.nn.Module) -> None:
    picture = np.zeros((64, 256, 3), np.uint8)
    with pytest.raises(ValueError, match="at least 128x128, got 256x64"):
        raft_flow(network, device="cpu")(picture, picture)


def test_weights_are_read_from_a_file(network: torch.nn.Module, tmp_path: Path) -> None:
    torch.save(network.state_dict(), tmp_path / "raft.pth")
    flow, name = load_raft(str(tmp_path / "raft.pth"), device="cpu")
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    expected = raft_flow(network, device="cpu")(picture, picture[::-1])
    assert flow(picture, picture[::-1]) == pytest.approx(expected, abs=1e-4)
    assert name.startswith("raft_large ")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(UserError, match=r"other\.pth: not the weights of RAFT") as error:
        load_raft(str(tmp_path / "other.pth"))
    assert "\n" not in str(error.value)


def test_the_usual_weights_have_a_checksum() -> None:
    assert "#sha256=" in RAFT_THINGS
