"""No hostile file is taken for a video, and none is the same as another."""

from __future__ import annotations

import random

import numpy as np
import pytest

from evaluators.frames import DecodeError, decode_video
from lab.soak.hostile_files import PLACERS
from lab.soak.hostile_videos import MAKERS, ODD, noise, scan_bomb
from omiti2v.mp4 import encode_mp4


@pytest.fixture(scope="module")
def whole():
    return encode_mp4(noise(random.Random(1)), fps=8)


def test_what_they_are_made_from_is_a_video(tmp_path, whole):
    path = tmp_path / "a.mp4"
    path.write_bytes(whole)
    assert decode_video(path).frames.shape == (8, 48, 64, 3)


@pytest.mark.parametrize("kind", MAKERS)
def test_a_hostile_video_is_refused(tmp_path, whole, kind):
    suffix, make = MAKERS[kind]
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(make(whole, random.Random(2)))
    with pytest.raises(DecodeError):
        decode_video(path)


@pytest.mark.parametrize("kind", PLACERS)
def test_what_is_no_file_is_refused(tmp_path, kind):
    path = tmp_path / "a.mp4"
    PLACERS[kind](path)
    with pytest.raises(DecodeError):
        decode_video(path)


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_video_is_the_same_each_time(tmp_path, whole, kind):
    suffix, make = ODD[kind]
    path = tmp_path / f"a.{suffix}"
    found = []
    for _ in range(2):
        path.write_bytes(make(whole, random.Random(2)))
        try:
            found.append(decode_video(path).frames)
        except DecodeError as error:
            found.append(np.frombuffer(str(error).encode(), np.uint8))
    assert np.array_equal(*found)


def test_a_scan_bomb_with_few_scans_is_a_video(tmp_path):
    path = tmp_path / "a.avi"
    path.write_bytes(scan_bomb(random.Random(2), scans=3))
    assert decode_video(path).frames.shape == (1, 2304, 4096, 3)
