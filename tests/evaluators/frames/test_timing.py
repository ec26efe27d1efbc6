from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.frames.timing import timing_of

MILLISECOND = Fraction(1, 1000)


def test_times_start_at_zero_whatever_the_first_stamp():
    timing = timing_of([7000, 7040, 7080], time_base=MILLISECOND, rate=None)
    assert timing.times.tolist() == [0.0, 0.04, 0.08]


@pytest.mark.parametrize("fps", [8, 12, 16, 24, 25, 30, 60])
def test_the_rate_is_exact(fps):
    timing = timing_of(range(0, 1000 * 97, 1000), time_base=Fraction(1, 1000 * fps), rate=None)
    assert timing.fps == fps
    assert not timing.variable_rate


@pytest.mark.parametrize("fps", [8, 12, 15, 16, 24, 29.97, 30, 60])
def test_a_rate_rounded_to_milliseconds_is_not_variable(fps):
    stamps = [round(1000 * i / fps) for i in range(200)]
    assert not timing_of(stamps, time_base=MILLISECOND, rate=None).variable_rate


@pytest.mark.parametrize(
    "stamps", [[0, 40, 80, 160, 200], [0, 40, 80, 81, 120], [0, 1000, 1040, 1080]]
)
def test_a_frame_left_out_or_put_in_makes_the_rate_variable(stamps):
    assert timing_of(stamps, time_base=MILLISECOND, rate=Fraction(25)).variable_rate


def test_a_frame_left_out_shows_even_where_a_frame_is_one_tick():
    assert timing_of([0, 1, 2, 4, 5], time_base=Fraction(1, 16), rate=None).variable_rate


@pytest.mark.parametrize("stamps", [[0, None, 80], [0, 40, 40], [0, 80, 40], [None], [5]])
def test_stamps_without_sense_give_way_to_the_stated_rate(stamps):
    timing = timing_of(stamps, time_base=MILLISECOND, rate=Fraction(10))
    assert timing.times.tolist() == [i / 10 for i in range(len(stamps))]
    assert timing.fps == 10


@pytest.mark.parametrize("rate", [None, Fraction(0), Fraction(-1)])
def test_without_stamps_and_rate_there_are_no_times(rate):
    with pytest.raises(ValueError, match="no usable time stamps and no frame rate"):
        timing_of([0, 0], time_base=MILLISECOND, rate=rate)


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50))
def test_times_always_increase_from_zero(stamps):
    timing = timing_of(stamps, time_base=Fraction(1, 90000), rate=Fraction(16))
    assert timing.times[0] == 0
    assert len(timing.times) == len(stamps)
    assert (timing.times[1:] >= timing.times[:-1]).all()
    assert timing.fps > 0
