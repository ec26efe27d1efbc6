import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.report.number_format import percent, plain_number
from omiti2v.safe_text import visible_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202egnp.exe", "[U+202E]gnp.exe"),
        ("a\x00b\x07", "a[U+0000]b[U+0007]"),
        ("\x1b[31mred", "[U+001B][31mred"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("line\u2028break", "line[U+2028]break"),
        ("\ud800", "[U+D800]"),
        ("\x85", "[U+0085]"),
    ],
)
def test_a_character_that_acts_unseen_is_written_out(text: str, shown: str) -> None:
    assert visible_text(text) == shown


@pytest.mark.parametrize("text", ["naïve", "שלום", "猫が跳ぶ", "a\tb\nc", "👩\u200d🚀"])
def test_writing_of_all_scripts_stays_as_it_is(text: str) -> None:
    assert visible_text(text) == text


@given(st.text())
def test_whatever_the_text_it_can_be_written_and_nothing_is_left_to_hide(text: str) -> None:
    shown = visible_text(text)
    shown.encode()
    assert visible_text(shown) == shown


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [(0.41666, "41.7"), (1.0, "100.0"), (-0.25, "−25.0"), (-0.0001, "0.0"), (0.0, "0.0")],
)
def test_percentages_have_one_decimal_and_no_negative_zero(fraction: float, shown: str) -> None:
    assert percent(fraction) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.7272, "0.727"), (0.0, "0.000"), (0.00012345, "0.000123"), (123456.0, "1.23e+05")],
)
def test_metric_numbers_stay_short_at_any_size(value: float, shown: str) -> None:
    assert plain_number(value) == shown
