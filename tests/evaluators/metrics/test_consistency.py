"""VBench's consistency: its formula on given vectors, and its order on videos of known kinds."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from evaluators.frames import Video
from evaluators.metrics import Metric, Observation
from evaluators.metrics.consistency import (
    BACKGROUND_CONSISTENCY,
    SUBJECT_CONSISTENCY,
    consistency,
)
from evaluators.world import Behaviour, Scene

Build = Callable[..., Metric]
Play = Callable[[Scene, Behaviour], Observation]

RIGHT, UP = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def test_each_frame_is_held_against_the_one_before_and_the_first() -> None:
    # Frames 2 to 4: like both; like neither; like the one before, unlike the first.
    frames = np.stack([RIGHT, RIGHT, UP, UP])
    assert consistency(frames) == pytest.approx((1 + 0 + 0.5) / 3)


def test_an_opposite_counts_as_unlike() -> None:
    assert consistency(np.stack([RIGHT, -RIGHT])) == 0.0


def test_a_single_frame_is_consistent() -> None:
    assert consistency(RIGHT[None]) == 1.0


def test_a_still_has_it_all_and_cuts_and_swaps_cost(
    build: Build, scenes: list[Scene], play: Play, make_video: Callable[..., Video]
) -> None:
    metric, name = build(BACKGROUND_CONSISTENCY), "background_consistency"
    one, other = (play(scene, "still") for scene in scenes[:2])
    frozen = np.repeat(one.video.frames[:1], 8, axis=0)
    cut = np.concatenate([frozen[:4], other.video.frames[4:]])
    flicker = np.where(np.arange(8)[:, None, None, None] % 2, other.video.frames, frozen)
    values = [
        metric.measure(Observation(make_video(frames), one.reference, one.sample))[name]
        for frames in (frozen, one.video.frames, cut, flicker)
    ]
    assert values[0] == pytest.approx(1.0)
    assert values == sorted(values, reverse=True)
    assert values[1] > values[2] + 0.1


@pytest.mark.parametrize("spoil", ["blur", "noise"])
def test_frames_that_are_spoilt_halfway_cost_background_consistency(
    build: Build,
    scenes: list[Scene],
    play: Play,
    make_video: Callable[..., Video],
    spoil: str,
) -> None:
    metric, name = build(BACKGROUND_CONSISTENCY), "background_consistency"
    one = play(scenes[0], "still")
    frames = one.video.frames.copy()
    if spoil == "blur":
        frames[4:] = np.stack([cv2.GaussianBlur(frame, (0, 0), 6) for frame in frames[4:]])
    else:
        noise = np.random.default_rng(0).normal(0, 60, frames[4:].shape)
        frames[4:] = np.clip(frames[4:] + noise, 0, 255).astype(np.uint8)
    spoilt = Observation(make_video(frames), one.reference, one.sample)
    assert metric.measure(spoilt)[name] < metric.measure(one)[name] - 0.02


@pytest.mark.parametrize("kind", ["timm_folder", "transformers_folder"])
def test_a_still_has_a_subject_consistency_of_one_and_a_swap_less(
    request: pytest.FixtureRequest,
    build: Build,
    kind: str,
    scenes: list[Scene],
    play: Play,
    make_video: Callable[..., Video],
) -> None:
    metric = build(SUBJECT_CONSISTENCY, dino=str(request.getfixturevalue(kind)))
    name = "subject_consistency"
    one, other = (play(scene, "still") for scene in scenes[:2])
    frozen = np.repeat(one.video.frames[:1], 6, axis=0)
    swapped = np.concatenate([frozen[:3], other.video.frames[3:6]])
    still, swap = (
        metric.measure(Observation(make_video(frames), one.reference, one.sample))[name]
        for frames in (frozen, swapped)
    )
    assert still == pytest.approx(1.0, abs=1e-5)
    assert swap < still - 1e-4
