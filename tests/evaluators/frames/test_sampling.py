"""Which frames an evaluator sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.frames import FrameRule, Video, decode_video, sample_frames
from evaluators.frames.sampling import sample_indices


def even(n, fps):
    return np.arange(n) / fps


@st.composite
def any_times(draw):
    gaps = draw(st.lists(st.floats(0.002, 2.0), max_size=60))
    return np.concatenate([[0.0], np.cumsum(gaps)])


counts = st.integers(1, 100)
rates = st.floats(0.1, 120.0)
rules = st.builds(lambda n: FrameRule(count=n), counts) | st.builds(
    lambda fps, n: FrameRule(fps=fps, max_frames=n), rates, st.none() | counts
)


@given(any_times(), rules)
def test_indices_increase_and_start_with_the_first_frame(times, rule):
    indices = sample_indices(times, rule)
    assert indices[0] == 0
    assert (np.diff(indices) > 0).all()
    assert indices[-1] < len(times)


@given(any_times(), counts)
def test_a_count_gives_that_many_frames_or_all_there_are(times, count):
    indices = sample_indices(times, FrameRule(count=count))
    assert len(indices) == min(count, len(times))
    if count > 1:
        assert indices[-1] == len(times) - 1


@given(any_times(), rates, counts)
def test_the_maximum_is_kept_and_so_is_the_end(times, fps, most):
    indices = sample_indices(times, FrameRule(fps=fps, max_frames=most))
    free = sample_indices(times, FrameRule(fps=fps))
    assert len(indices) <= most
    if len(free) <= most:
        assert indices.tolist() == free.tolist()
    elif most > 1:
        assert indices[-1] == len(times) - 1


@given(any_times(), rates)
def test_a_rate_gives_the_frames_on_show_at_its_ticks(times, fps):
    end = times[-1] + (times[-1] / (len(times) - 1) if len(times) > 1 else 0)
    slack = min(1e-3, 0.25 / fps)
    ticks = np.arange(0, int(end * fps) + 2) / fps
    # Ticks on the very edge between two frames may fall on either side.
    edges = np.append(times, end)[:, None] - slack
    assert ticks[0] == 0
    clear = np.abs(ticks[None] - edges).min(axis=0) > 1e-9
    inside = ticks < end - slack
    shown = np.searchsorted(times - slack, ticks[inside & clear], side="right") - 1
    taken = set(sample_indices(times, FrameRule(fps=fps)).tolist())
    assert set(shown.tolist()) <= taken
    assert len(taken) <= len(set(shown.tolist()) | {0}) + int((~clear).sum())


@pytest.mark.parametrize("n", [2, 3, 80, 81, 181])
def test_half_the_rate_gives_every_second_frame(n):
    indices = sample_indices(even(n, 16), FrameRule(fps=8))
    assert indices.tolist() == list(range(0, n, 2))


@pytest.mark.parametrize(("video", "fps"), [(24, 12), (30, 15), (24, 8), (16, 8), (60, 12)])
def test_times_rounded_to_milliseconds_change_nothing(video, fps):
    times = np.round(even(120, video), 3)
    indices = sample_indices(times, FrameRule(fps=fps))
    assert indices.tolist() == list(range(0, 120, video // fps))


@pytest.mark.parametrize("video", [1, 5, 7.5, 8])
def test_a_slower_video_gives_all_of_its_frames_once(video):
    indices = sample_indices(even(20, video), FrameRule(fps=8))
    assert indices.tolist() == list(range(20))


@given(st.lists(st.floats(0.126, 3.0), max_size=40))
def test_a_slower_variable_video_gives_all_of_its_frames_once(gaps):
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    assert sample_indices(times, FrameRule(fps=8)).tolist() == list(range(len(times)))


def test_a_variable_rate_is_sampled_by_time_and_not_by_number():
    times = np.array([0.0, 0.1, 0.2, 0.3, 1.5, 1.6, 1.7, 3.0])
    # At 0, 1, 2 and 3 seconds; the frame of 0.3 is still on show at 1.
    assert sample_indices(times, FrameRule(fps=1)).tolist() == [0, 3, 6, 7]


def test_a_very_high_rate_takes_no_more_than_the_frames():
    assert len(sample_indices(even(81, 16), FrameRule(fps=1e12))) == 81


def video_of(times, fps):
    frames = np.arange(len(times), dtype=np.uint8)[:, None, None, None]
    frames = np.ascontiguousarray(np.broadcast_to(frames, (len(times), 2, 2, 3)))
    return Video(
        path=Path("a.mp4"),
        sha256="0" * 64,
        frames=frames,
        times=times,
        fps=fps,
        codec="h264",
        pixel_format="yuv420p",
    )


def test_a_clip_holds_the_frames_their_times_and_their_own_rate():
    clip = sample_frames(video_of(even(81, 16), 16.0), FrameRule(fps=8))
    assert clip.frames[:, 0, 0, 0].tolist() == clip.indices.tolist() == list(range(0, 81, 2))
    assert clip.times.tolist() == [i / 8 for i in range(41)]
    assert clip.fps == 8.0


def test_a_clip_of_one_frame_has_the_rate_of_the_video():
    late = replace(video_of(even(60, 16), 16.0), stated_fps=25.0)  # 60 / 25 is less than it shows
    assert sample_frames(late, FrameRule(count=1)).video_seconds == 59 / 16
    clip = sample_frames(video_of(even(81, 16), 16.0), FrameRule(count=1))
    assert (clip.indices.tolist(), clip.fps) == ([0], 16.0)


def test_a_clip_of_all_frames_is_not_a_copy():
    video = video_of(even(8, 16), 16.0)
    assert np.shares_memory(sample_frames(video, FrameRule(fps=16)).frames, video.frames)


@pytest.mark.parametrize("rule", [FrameRule(fps=16), FrameRule(fps=8), FrameRule(count=3)])
def test_a_clip_can_not_be_written_to(rule):
    clip = sample_frames(video_of(even(8, 16), 16.0), rule)
    assert not any(a.flags.writeable for a in (clip.frames, clip.times, clip.indices))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "expected one of fps and count"),
        ({"fps": 8, "count": 8}, "expected one of fps and count"),
        ({"count": 8, "max_frames": 4}, "max_frames and pairs go with fps"),
        ({"fps": 0}, "fps: expected a positive number, got 0"),
        ({"fps": float("inf")}, "fps: expected a positive number, got inf"),
        ({"count": -1}, "count: expected a positive number, got -1"),
    ],
)
def test_a_rule_without_sense_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        FrameRule(**values)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (FrameRule(fps=8), "fps=8"),
        (FrameRule(fps=8.0, max_frames=64), "fps=8,max=64"),
        (FrameRule(fps=23.976023976), "fps=23.976023976"),
        (FrameRule(count=16), "count=16"),
    ],
)
def test_a_rule_is_written_so_that_different_rules_differ(rule, text):
    assert str(rule) == text


def test_a_phase_moves_all_frames_but_the_first_and_the_last() -> None:
    times = np.arange(29) / 8
    plain = sample_indices(times, FrameRule(count=8))
    later = sample_indices(times, FrameRule(count=8, phase=0.5))
    assert plain.tolist() == [0, 4, 8, 12, 16, 20, 24, 28]
    assert later.tolist() == [0, 6, 10, 14, 18, 22, 26, 28]
    assert str(FrameRule(count=8, phase=0.5)) == "count=8,phase=0.5"


def test_a_phase_leaves_frames_that_lie_side_by_side() -> None:
    times = np.arange(8) / 8
    assert sample_indices(times, FrameRule(count=8, phase=0.5)).tolist() == list(range(8))


# What qwen-vl-utils 0.0.14 took of videos with so many frames at such a rate, at fps 8: how many,
# and the last three.
IN_PAIRS = [
    (16, 81, 40, [76, 78, 80]),
    (30, 181, 48, [172, 176, 180]),
    (24, 121, 40, [114, 117, 120]),
    (12.7, 33, 20, [29, 30, 32]),
    (30000 / 1001, 100, 26, [91, 95, 99]),
    (15.015, 300, 158, [295, 297, 299]),
    (5, 81, 80, [78, 79, 80]),
    (7.5, 20, 20, [17, 18, 19]),
    (60, 61, 8, [43, 51, 60]),
    (10, 977, 768, [973, 975, 976]),
    (24, 2400, 768, [2393, 2396, 2399]),
    (25, 2, 2, [0, 1]),
    (25, 3, 2, [0, 2]),
    (25, 4, 4, [1, 2, 3]),
    (25, 5, 4, [1, 3, 4]),
    (30, 13, 4, [4, 8, 12]),
]
PAIRS = FrameRule(fps=8, max_frames=768, pairs=True)


@pytest.mark.parametrize(("fps", "length", "count", "last"), IN_PAIRS)
def test_pairs_are_the_frames_of_qwen_vl_utils(fps, length, count, last):
    indices = sample_indices(even(length, fps), PAIRS)
    assert len(indices) == count
    assert indices[0] == 0
    assert indices[-3:].tolist() == last


def test_pairs_of_very_long_videos_are_rounded_in_single_precision():
    # In double precision, one of the frames is the one before.
    times = even(18_483, 8 * 18_483 / 540)
    spread = np.rint(np.linspace(0, 18_482, 540)).astype(int)
    indices = sample_indices(times, PAIRS, stated_fps=8 * 18_483 / 540.5)
    assert len(indices) == 540
    assert (indices != spread).any()
    assert np.abs(indices - spread).max() == 1


def test_pairs_go_by_the_rate_that_the_file_states(tmp_path, write_video, noise):
    # Matroska rounds times to milliseconds: by them the rate is 24.003, and 18 frames are wanted.
    frames = np.repeat(noise[:1], 60, axis=0)
    video = decode_video(write_video(tmp_path / "video.mkv", frames, fps=24))
    assert video.fps != 24
    assert video.stated_fps == 24
    assert len(sample_frames(video, PAIRS).indices) == 20
    assert len(sample_indices(video.times, PAIRS)) == 18


def test_a_single_frame_is_what_pairs_leave_of_a_video_of_one():
    assert sample_indices(even(1, 24), PAIRS).tolist() == [0]


def test_pairs_have_a_text_of_their_own_and_take_a_phase():
    assert str(PAIRS) == "fps=8,max=768,pairs"
    assert str(FrameRule(fps=8, pairs=True, phase=0.5)) == "fps=8,pairs,phase=0.5"
    moved = sample_indices(even(181, 30), FrameRule(fps=8, pairs=True, phase=0.5))
    assert len(moved) == 48
    assert moved[1] == 6
