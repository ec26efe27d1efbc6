"""Frames as files in data URLs: nothing is lost but what the format loses."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from evaluators.frames import Clip, decode_video
from evaluators.judges.openai.data_urls import (
    image_url,
    jpeg_video_url,
    mp4_video_url,
)

MakeClip = Callable[..., Clip]


def content(url: str, kind: str) -> bytes:
    head, _, data = url.partition(",")
    assert head == f"data:{kind};base64"
    return base64.b64decode(data, validate=True)


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(data)))


def test_png_keeps_every_pixel_and_jpeg_keeps_the_colors_apart() -> None:
    red, blue = [255, 0, 0], [0, 0, 255]
    frame = np.array([[red, blue] * 8] * 16, dtype=np.uint8)
    assert np.array_equal(pixels(content(image_url(frame, image_format="png"), "image/png")), frame)
    jpeg = pixels(content(image_url(frame, image_format="jpeg"), "image/jpeg"))
    assert np.abs(jpeg.astype(int) - frame).max() < 32  # with 4:2:0 the colors would run together


def test_a_jpeg_video_is_its_frames_with_commas_between(make_clip: MakeClip) -> None:
    frames = make_clip(3).frames
    head, *files = jpeg_video_url(frames).split(",")
    assert head == "data:video/jpeg;base64"
    alone = [image_url(frame, image_format="jpeg").partition(",")[2] for frame in frames]
    assert files == alone


@pytest.mark.parametrize("side", [56, 55])
def test_an_mp4_shows_each_frame_at_its_time_and_is_the_same_each_time(
    make_clip: MakeClip, tmp_path: Path, side: int
) -> None:
    clip = make_clip(3, height=side, width=side)
    times = np.array([1.0, 1.1, 2.0])  # a clip need not begin at nought
    clip = Clip(frames=clip.frames, times=times, indices=clip.indices, fps=8.0)
    url = mp4_video_url(clip, clip.frames)
    (tmp_path / "a.mp4").write_bytes(content(url, "video/mp4"))
    video = decode_video(tmp_path / "a.mp4")
    assert video.frames.shape == (3, 56, 56, 3)
    assert video.times == pytest.approx([0.0, 0.1, 1.0], abs=1e-3)
    assert mp4_video_url(clip, clip.frames) == url
