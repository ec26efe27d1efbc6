"""Temporal smoothness: steady motion is smooth; shaking, cuts, flicker and noise are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics.smoothness import SMOOTHNESS, temporal_smoothness

MakeVideo = Callable[..., Video]
MakeFrames = Callable[..., Frames]


def test_a_still_is_perfectly_smooth(make_video: MakeVideo, texture: MakeFrames) -> None:
    assert temporal_smoothness(make_video(np.repeat(texture(384, 256)[None], 7, 0))) == 1.0


@pytest.mark.parametrize("pixels", [1, 4, 8])
def test_a_steady_pan_is_smooth(make_video: MakeVideo, pan: MakeFrames, pixels: int) -> None:
    assert temporal_smoothness(make_video(pan(pixels))) > 0.98


def shaken(frames: Frames) -> Frames:
    return np.stack([np.roll(f, 12 * (n % 2), axis=1) for n, f in enumerate(frames)])


def cut(frames: Frames) -> Frames:
    return np.concatenate([frames[:4], 255 - frames[4:]])


def flickering(frames: Frames) -> Frames:
    return np.stack([f if n % 2 else f // 2 for n, f in enumerate(frames)])


def noisy(frames: Frames) -> Frames:
    noise = np.random.default_rng(0).normal(0, 25, frames.shape)
    return np.clip(frames + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("spoil", [shaken, cut, flickering, noisy])
def test_what_disturbs_a_pan_costs_smoothness(
    make_video: MakeVideo, pan: MakeFrames, spoil: Callable[[Frames], Frames]
) -> None:
    steady = pan(3, frames=8)
    clean = temporal_smoothness(make_video(steady))
    assert temporal_smoothness(make_video(spoil(steady))) < clean - 0.02


def test_more_noise_is_less_smooth(make_video: MakeVideo, pan: MakeFrames) -> None:
    frames, rng = pan(3), np.random.default_rng(1)
    found = []
    for level in (0, 5, 15, 45):
        spoilt = np.clip(frames + rng.normal(0, level, frames.shape), 0, 255)
        found.append(temporal_smoothness(make_video(spoilt.astype(np.uint8))))
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("frames", [1, 2])
def test_too_few_frames_to_tell_are_smooth(
    make_video: MakeVideo, texture: MakeFrames, frames: int
) -> None:
    picture = texture(64, 48)
    assert temporal_smoothness(make_video(np.stack([picture, 255 - picture])[:frames])) == 1.0


def test_it_does_not_claim_to_be_vbenchs() -> None:
    assert [quantity.name for quantity in SMOOTHNESS.quantities] == ["temporal_smoothness_dis"]
