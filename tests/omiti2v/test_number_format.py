import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiti2v.number_format import (
    bracketed,
    fixed,
    interval,
    level_text,
    p_equation,
    p_text,
    percent,
    plain_number,
    points,
    signed_number,
    signed_percent,
)
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


def test_halves_go_away_from_zero_as_in_browsers() -> None:
    assert [fixed(value, 1) for value in (12.25, -12.25, 0.05, 2.5)] == [
        "12.3",
        "−12.3",
        "0.1",
        "2.5",
    ]
    assert (fixed(2.5, 0), fixed(-0.04, 1), fixed(-0.0, 1)) == ("3", "0.0", "0.0")


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (0.0615, "+6.2"),
        (-0.5, "−50.0"),
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (0.0004, "+0.04"),
        (-0.00049, "−0.05"),
        (0.0005, "+0.1"),
        (1e-15, "0.0"),
    ],
)
def test_a_difference_that_there_is_is_never_shown_as_none(fraction: float, shown: str) -> None:
    assert signed_percent(fraction) == shown


@given(st.floats(-1, 1))
def test_one_sign_and_no_negative_zero(fraction: float) -> None:
    for text in (percent(fraction), signed_percent(fraction), signed_number(fraction)):
        assert "-" not in text
        digits = text.lstrip("−+")
        assert text[0] not in "−+" or any(digit in "123456789" for digit in digits)


def test_the_size_of_a_difference_is_in_points() -> None:
    assert [points(value) for value in (-0.0615, 0.0004)] == ["6.2 points", "0.04 points"]


def test_intervals_are_written_once_for_columns_and_once_for_sentences() -> None:
    assert interval(-0.05, 0.1) == "−5.0 to 10.0"
    assert bracketed(-0.05, 0.1, signed_percent) == "[−5.0, +10.0]"
    assert interval(None, None) == bracketed(0.1, None) == ""


def test_a_p_value_is_never_shown_as_nothing() -> None:
    values = (0.0, 0.00009, 0.0042, 0.0501, 0.25, 1.0)
    assert [p_text(value) for value in values] == [
        "< 0.0001",
        "< 0.0001",
        "0.0042",
        "0.0501",
        "0.250",
        "1.000",
    ]
    assert (p_equation(0), p_equation(0.25)) == ("p < 0.0001", "p = 0.250")


def test_the_p_value_that_is_needed_keeps_digits_that_say_something() -> None:
    values = (0.05, 0.0198, 0.0009984, 0.0000123)
    assert [level_text(value) for value in values] == ["0.0500", "0.0198", "0.00100", "0.000012"]
