"""Frozen and black frames are counted; small motion and compression noise are told apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from evaluators.frames import Frames, Video, decode_video
from evaluators.metrics.stillness import black_frame_share, frozen_frame_share
from evaluators.world import write_mp4

MakeVideo = Callable[..., Video]


def scene() -> Frames:
    picture = np.full((240, 416, 3), 90, np.uint8)
    cv2.rectangle(picture, (60, 40), (200, 180), (180, 120, 40), -1)
    return picture


def moving_dot(step: int, frames: int = 10) -> Frames:
    result = []
    for number in range(frames):
        frame = scene()
        cv2.circle(frame, (250 + step * number, 120), 12, (250, 250, 250), -1)
        result.append(frame)
    return np.stack(result)


def test_a_still_is_frozen_and_a_moving_one_is_not(make_video: MakeVideo) -> None:
    assert frozen_frame_share(make_video(moving_dot(0))) == 1.0
    assert frozen_frame_share(make_video(moving_dot(3))) == 0.0


def test_a_clip_that_stops_halfway_is_half_frozen(make_video: MakeVideo) -> None:
    moving = moving_dot(3, frames=6)
    clip = np.concatenate([moving, np.repeat(moving[-1:], 5, axis=0)])
    assert frozen_frame_share(make_video(clip)) == pytest.approx(0.5)


def test_a_slow_change_is_not_frozen(make_video: MakeVideo) -> None:
    """From dark to bright by two levels a frame: no frame differs much from its neighbour."""
    fade = np.stack([np.full((120, 160, 3), 50 + 2 * number, np.uint8) for number in range(31)])
    # A new picture every sixth frame: 11 levels and more count.
    assert frozen_frame_share(make_video(fade)) == pytest.approx(25 / 30)


@pytest.mark.parametrize("crf", [12, 18, 28])
def test_a_compressed_still_is_still_frozen(tmp_path: Path, crf: int) -> None:
    write_mp4(tmp_path / "a.mp4", moving_dot(0), fps=8, crf=crf)
    assert frozen_frame_share(decode_video(tmp_path / "a.mp4")) == 1.0


def test_a_single_frame_is_frozen(make_video: MakeVideo) -> None:
    assert frozen_frame_share(make_video(scene()[None])) == 1.0


def test_black_frames_are_counted(make_video: MakeVideo) -> None:
    clip = moving_dot(3, frames=8)
    clip[2:] = 4
    assert black_frame_share(make_video(clip)) == pytest.approx(6 / 8)


def test_a_dark_scene_with_something_bright_in_it_is_not_black(make_video: MakeVideo) -> None:
    night = np.full((1, 240, 416, 3), 5, np.uint8)
    night[0, :60, :60] = 200
    assert black_frame_share(make_video(night)) == 0.0
