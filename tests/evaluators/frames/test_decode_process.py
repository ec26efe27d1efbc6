"""Decoding in other processes: what they can't do to this one, and what ends them."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from costly_video import write_costly_video

from evaluators.frames import CostlyFileError, Limits, decode_video
from evaluators.frames.decode import _FrameStore
from evaluators.frames.window import Window, lent_window


@pytest.fixture
def clips(tmp_path, write_video, lossless):
    """Three videos of different sizes, and their frames."""
    rng = np.random.default_rng(0)
    made = []
    for number, size in enumerate([(8, 48, 64, 3), (30, 360, 640, 3), (3, 33, 17, 3)]):
        frames = rng.integers(0, 256, size, dtype=np.uint8)
        made.append((write_video(tmp_path / f"{number}.mp4", frames, **lossless), frames))
    return made


def test_videos_of_several_threads_do_not_mix(clips):
    with ThreadPoolExecutor(4) as threads:
        decoded = list(threads.map(decode_video, [path for path, _ in clips * 4]))
    for video, (_, frames) in zip(decoded, clips * 4, strict=True):
        assert np.array_equal(video.frames, frames)


def test_videos_are_decoded_whatever_is_done_to_the_processes(clips):
    done = threading.Event()

    def do_harm():
        signals = [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL]
        for number in signals:
            if done.wait(1):
                return
            for child in psutil.Process().children():
                if "evaluators.frames.decoder" in child.cmdline():
                    child.send_signal(number)

    harm = threading.Thread(target=do_harm)
    harm.start()
    try:
        while harm.is_alive():
            for path, frames in clips:
                assert np.array_equal(decode_video(path).frames, frames)
    finally:
        done.set()
        harm.join()


def test_a_call_that_takes_minutes_is_ended(tmp_path):
    path = write_costly_video(tmp_path / "a.avi", scans=20_000)
    with pytest.raises(CostlyFileError, match=r"a\.avi: not decoded within 1 seconds"):
        decode_video(path, limits=Limits(max_decode_seconds=1))


@pytest.mark.slow
def test_a_call_that_takes_minutes_is_ended_by_the_limits_of_every_run(tmp_path):
    path = write_costly_video(tmp_path / "a.avi")
    started = time.process_time()
    with pytest.raises(CostlyFileError, match=r"a\.avi: not decoded within 120 seconds"):
        decode_video(path)
    assert time.process_time() - started < 5  # it was another process's


def test_a_window_can_not_be_taken_away_by_who_fills_it():
    window = Window(1 << 20)
    for size in (0, 2 << 20):
        with pytest.raises(PermissionError):
            os.ftruncate(window.descriptor, size)
    assert not window.pixels.flags.writeable


def part(at, frames, height=4, width=4, stride=None, matrix=None):
    sizes = {"height": height, "width": width, "stride": stride or 3 * width}
    return {"at": at, "frames": frames, "matrix": matrix, **sizes}


@pytest.mark.parametrize(
    "parts",
    [
        [part(0, 1, 4096, 4096)],
        [part(0, 1, -4, -4)],
        [part(0, 0)],
        [part(0, 11)],
        [part(0, 9), part(9, 2)],
        [part(1, 1)],
        [part(0, 1), part(1, 1, 2, 8)],
        [part(0, "many")],
        [part(0, 1, stride=1)],
        [part(0, 1, stride=1 << 40)],
        [part(0, 1, matrix="not hexadecimal")],
    ],
)
def test_what_a_process_that_was_taken_over_says_is_held_to_the_limits(parts):
    limits = Limits(max_frames=10, max_pixels=100)
    with lent_window(limits) as window:
        store = _FrameStore(window, limits)
        with pytest.raises(ValueError, match=r"frames|shape|literal|hex"):
            for one in parts:
                store.add(one)


def test_no_room_is_taken_for_what_is_not_there(clips):
    decode_video(clips[0][0])
    before = len(list(Path("/proc/self/fd").iterdir()))
    videos = [decode_video(path) for path, _ in clips * 10]
    assert all(video.frames.base is None for video in videos)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
