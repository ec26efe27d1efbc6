"""Opening a container with everything else shut off, and choosing its video stream."""

from __future__ import annotations

import io
import time
from typing import cast

import av
import pytest

from evaluators.frames import Limits
from evaluators.frames.container import (
    RefusedError,
    check_size,
    choose_stream,
    describe,
    open_container,
    stated_seconds,
)
from evaluators.frames.source import DeadlineReader


def opened(path, name, **limits):
    file = io.BufferedReader(cast(io.RawIOBase, io.BytesIO(path.read_bytes())))
    reader = DeadlineReader(file, time.monotonic() + 60)
    return open_container(reader, name, Limits(**limits))


def test_the_first_video_stream_is_taken_beside_sound(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mp4", noise, fps=8, sound=True)
    with opened(path, "mov") as container:
        stream = choose_stream(container, Limits())
        assert (stream.codec_context.width, stream.codec_context.height) == (64, 48)
        assert stream.codec_context.thread_count == 1
        assert stated_seconds(container, stream) == pytest.approx(1.0)


def test_a_matroska_file_says_its_length_in_a_tag(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.mkv", noise, fps=8)
    with opened(path, "matroska") as container:
        assert stated_seconds(container, choose_stream(container, Limits())) == pytest.approx(1.0)


def test_a_codec_off_the_list_is_named(tmp_path, write_video, noise):
    path = write_video(tmp_path / "a.avi", noise, codec="mpeg2video")
    with opened(path, "avi") as container, pytest.raises(RefusedError, match="expected one of av1"):
        choose_stream(container, Limits())


def test_a_frame_beyond_the_limit_is_refused():
    check_size(64, 48, Limits(max_pixels=64 * 48))
    with pytest.raises(RefusedError, match="frames of 64x48, expected at most 3071 pixels"):
        check_size(64, 48, Limits(max_pixels=64 * 48 - 1))


def test_an_error_of_libav_is_described_on_one_line():
    error = av.error.InvalidDataError(1094995529, "Invalid data\nfound", "a.mp4")
    assert describe(error) == "Invalid data found"
    assert describe(ValueError()) == "ValueError"
