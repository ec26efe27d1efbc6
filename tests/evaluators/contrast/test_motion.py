"""How far a change has come, and where things are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.contrast.layers import Keyframe, Timed
from evaluators.contrast.motion import pose_at, progress, ramp, reached, spread_field


def test_a_change_begins_and_ends_when_it_is_told() -> None:
    timed = Timed(time=(0.2, 0.6))
    assert [progress(timed, t) for t in (0.0, 0.2, 0.6, 1.0)] == [0, 0, 1, 1]
    assert progress(timed, 0.4) == pytest.approx(0.5)


def test_without_a_time_a_thing_is_there_from_the_first_frame() -> None:
    assert progress(Timed(), 0.0) == 1


def test_a_cut_is_a_span_of_no_length() -> None:
    assert [ramp((0.5, 0.5), t) for t in (0.49, 0.5, 0.51)] == [0, 1, 1]


def test_what_is_undone_is_as_before() -> None:
    timed = Timed(time=(0.1, 0.3), undo=(0.6, 0.8))
    assert [progress(timed, t) for t in (0.0, 0.5, 0.8, 1.0)] == [0, 1, 0, 0]


@given(st.floats(0, 1), st.sampled_from(["smooth", "linear", "fall"]))
def test_between_two_keyframes_nothing_overshoots(t: float, ease: str) -> None:
    path = [Keyframe(t=0.2, x=0.1, y=0.5), Keyframe(t=0.7, x=0.9, y=0.2)]
    pose = pose_at(path, t, ease)  # type: ignore[arg-type]
    assert 0.1 <= pose.x <= 0.9 and 0.2 <= pose.y <= 0.5


def test_a_path_goes_through_its_keyframes_and_holds_outside() -> None:
    path = [Keyframe(t=t, x=x) for t, x in ((0.2, 0.0), (0.5, 0.4), (0.8, 1.0))]
    for ease in ("smooth", "linear", "fall"):
        assert [pose_at(path, t, ease).x for t in (0, 0.2, 0.5, 0.8, 1)] == pytest.approx(
            [0, 0, 0.4, 1, 1]
        )


def test_two_keyframes_at_one_time_are_a_jump() -> None:
    path = [Keyframe(t=0), Keyframe(t=0.5), Keyframe(t=0.5, x=1), Keyframe(t=1, x=1)]
    assert pose_at(path, 0.49, "smooth").x == 0
    assert pose_at(path, 0.51, "smooth").x == 1


@pytest.mark.parametrize(
    ("spread", "first", "last"),
    [
        ("left", (2, 1), (2, 8)),
        ("right", (2, 8), (2, 1)),
        ("top", (1, 4), (4, 4)),
        ("bottom", (4, 4), (1, 4)),
        ((0.05, 0.2), (1, 1), (4, 8)),
    ],
)
def test_a_change_spreads_from_where_it_is_told(
    spread: object, first: tuple[int, int], last: tuple[int, int]
) -> None:
    region = np.zeros((6, 10), np.float32)
    region[1:5, 1:9] = 1
    field = spread_field(region, spread)  # type: ignore[arg-type]
    assert field is not None
    half = reached(region, field, 0.5, 0.2)
    assert half[first] == 1 and half[last] == 0
    assert (reached(region, field, 0.0, 0.2) == 0).all()
    assert (reached(region, field, 1.0, 0.2) == region).all()
