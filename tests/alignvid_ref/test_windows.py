"""At which steps a window is on, and which windows make no sense."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignvid_ref.windows import (
    FractionWindow,
    TimestepWindow,
    window_from_dict,
    window_to_dict,
)
from omiti2v.errors import UserError

windows = st.one_of(
    st.builds(
        lambda low, width: TimestepWindow(low, None if width is None else low + width),
        st.floats(0, 500),
        st.none() | st.floats(1, 500),
    ),
    st.builds(
        lambda start, width: FractionWindow(start, start + width),
        st.floats(0, 0.5),
        st.floats(0.01, 0.5),
    ),
)


@pytest.mark.parametrize("bounds", [(901, 900), (900, 900), (-1, None), (0, 1001), ("a", None)])
def test_a_timestep_window_that_makes_no_sense_is_refused(bounds: Any) -> None:
    with pytest.raises(UserError, match="window: "):
        TimestepWindow(*bounds)


@pytest.mark.parametrize("bounds", [(0.3, 0.3), (0.5, 0.3), (-0.1, 0.3), (0, 1.1), (None, 1)])
def test_a_fraction_window_that_makes_no_sense_is_refused(bounds: Any) -> None:
    with pytest.raises(UserError, match="window: "):
        FractionWindow(*bounds)


def test_the_default_window_is_strictly_above_900() -> None:
    window = TimestepWindow()
    assert window.contains(900.001)
    assert window.contains(1000)
    assert not window.contains(900)


def test_neighbouring_timestep_windows_share_no_step_and_leave_none_out() -> None:
    stages = [TimestepWindow(900), TimestepWindow(600, 900), TimestepWindow(0, 600)]
    for timestep in (1.0, 599.9, 600.0, 600.1, 900.0, 900.1, 1000.0):
        assert sum(stage.contains(timestep) for stage in stages) == 1


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (FractionWindow(0, 0.3), [0, 1, 2]),
        (FractionWindow(0.35, 0.65), [4, 5, 6]),
        (FractionWindow(0.7, 1), [7, 8, 9]),
        (FractionWindow(0, 1), list(range(10))),
    ],
)
def test_a_fraction_of_ten_steps(window: FractionWindow, expected: list[int]) -> None:
    assert [index for index in range(10) if window.contains(index, 10)] == expected


@given(windows)
def test_a_window_survives_its_dict(window: Any) -> None:
    assert window_from_dict(window_to_dict(window)) == window


def test_a_fraction_ends_before_its_end_and_takes_in_its_start() -> None:
    assert [FractionWindow(0.25, 0.5).contains(step, 4) for step in range(4)] == [
        False,
        True,
        False,
        False,
    ]
