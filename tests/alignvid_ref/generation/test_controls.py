"""Controls: videos of which it is known what they do."""

from __future__ import annotations

import io
from itertools import pairwise

import av
import numpy as np
import PIL.Image
import pytest

from alignvid_ref.generation.controls import PAN_SHARE, control_frames
from omiti2v.mp4 import encode_mp4


@pytest.fixture
def picture(make_picture) -> PIL.Image.Image:  # type: ignore[no-untyped-def]
    return PIL.Image.fromarray(make_picture(3))


def test_still_never_changes(picture: PIL.Image.Image) -> None:
    frames = control_frames("still", picture, frames=5, seed=0)
    assert all(np.array_equal(frame, np.asarray(picture)) for frame in frames)


def test_blank_is_black_after_the_first_frame(picture: PIL.Image.Image) -> None:
    frames = control_frames("blank", picture, frames=5, seed=0)
    assert np.array_equal(frames[0], np.asarray(picture))
    assert frames[1:].max() == 0


def test_pan_starts_on_the_whole_picture_and_always_moves(picture: PIL.Image.Image) -> None:
    frames = control_frames("pan", picture, frames=9, seed=1)
    assert np.array_equal(frames[0], np.asarray(picture))
    assert all((a != b).any() for a, b in pairwise(frames))


def test_pan_ends_on_a_part_of_the_picture(picture: PIL.Image.Image) -> None:
    """The last frame is a window of the picture at `PAN_SHARE` of its size, and nothing else."""
    last = control_frames("pan", picture, frames=9, seed=1)[-1].astype(float)
    width, height = picture.size
    distances = [
        np.abs(np.asarray(picture.resize(picture.size, 3, box=box), float) - last).mean()
        for left in np.linspace(0, width * (1 - PAN_SHARE), 31)
        for top in np.linspace(0, height * (1 - PAN_SHARE), 31)
        for box in [(left, top, left + PAN_SHARE * width, top + PAN_SHARE * height)]
    ]
    assert min(distances) < 1


def test_the_seed_of_a_pan_is_its_direction(picture: PIL.Image.Image) -> None:
    one, two = (control_frames("pan", picture, frames=9, seed=seed) for seed in (1, 2))
    assert (one[-1] != two[-1]).any()
    assert np.array_equal(one, control_frames("pan", picture, frames=9, seed=1))


def test_one_frame_is_the_picture(picture: PIL.Image.Image) -> None:
    for control in ("still", "pan", "blank"):
        frames = control_frames(control, picture, frames=1, seed=0)
        assert np.array_equal(frames, np.asarray(picture)[None])


def test_a_video_is_h264_at_its_rate_and_equal_frames_give_equal_bytes(
    picture: PIL.Image.Image,
) -> None:
    frames = control_frames("pan", picture, frames=7, seed=0)
    content = encode_mp4(frames, fps=24)
    assert content == encode_mp4(frames.copy(), fps=24)
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 24
        decoded = np.stack([f.to_ndarray(format="rgb24") for f in container.decode(stream)])
    assert decoded.shape == frames.shape
    assert np.abs(decoded.astype(int) - frames).mean() < 8
