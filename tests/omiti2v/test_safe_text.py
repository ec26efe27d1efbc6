"""Untrusted text shows every character that would act unseen."""

from __future__ import annotations

import pytest

from omiti2v.safe_text import visible_text


@pytest.mark.parametrize("unseen", ["\u202e", "\x1b", "\x7f", "\u200b", "\u2028", "\ud800"])
def test_what_would_act_unseen_is_written_out(unseen: str) -> None:
    assert visible_text(f"a{unseen}b") == f"a[U+{ord(unseen):04X}]b"


def test_lines_and_tabs_stay_where_there_may_be_several_lines() -> None:
    assert visible_text("a\n\tb") == "a\n\tb"
    assert visible_text("a\n\tb", one_line=True) == "a[U+000A][U+0009]b"


def test_letters_of_every_script_and_their_joiners_stay() -> None:
    text = "नि 視頻 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"
    assert visible_text(text, one_line=True) == text
