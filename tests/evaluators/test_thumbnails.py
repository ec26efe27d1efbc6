"""Small pictures for reports."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from evaluators.frames import Video
from evaluators.thumbnails import STRIP_FRAMES, STRIP_HEIGHT, frame_strip, thumbnail


def opened(data: bytes) -> PIL.Image.Image:
    image = PIL.Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image


def video(levels: list[int], *, width: int = 64, height: int = 48) -> Video:
    frames = np.stack([np.full((height, width, 3), level, dtype=np.uint8) for level in levels])
    times = np.arange(len(levels)) / 8
    return Video(Path("a.mp4"), "0" * 64, frames, times, 8.0, "h264", "yuv420p")


def test_a_strip_goes_from_the_first_frame_to_the_last() -> None:
    strip = opened(frame_strip(video([10 * number for number in range(12)])))
    assert strip.height == STRIP_HEIGHT
    step = (strip.width + 3) // STRIP_FRAMES
    levels = [strip.getpixel((step * number + 20, 40))[0] for number in range(STRIP_FRAMES)]
    assert levels == pytest.approx([0, 20, 40, 70, 90, 110], abs=3)


def test_a_video_of_fewer_frames_shows_each_once() -> None:
    one, two = (opened(frame_strip(video([50] * count))).width for count in (1, 2))
    assert two == 2 * one + 3


@pytest.mark.parametrize(
    ("width", "height", "wanted"), [(64, 48, 128), (5000, 10, 384), (1, 900, 1)]
)
def test_a_thumbnail_keeps_its_shape_within_bounds(
    make_picture: Callable[..., np.ndarray], width: int, height: int, wanted: int
) -> None:
    assert opened(thumbnail(make_picture(1, width=width, height=height))).size == (
        wanted,
        STRIP_HEIGHT,
    )
