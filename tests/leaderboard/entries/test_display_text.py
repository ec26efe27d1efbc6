"""Untrusted text on its way to a page, a spreadsheet or a link."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.entries.display_text import as_cell, as_markdown, display_text, link_or_none
from leaderboard.entries.names import is_plain_path, is_slug, slug_of, split_entry_id
from omiti2v.errors import UserError


@given(st.text(max_size=300), st.integers(1, 9999))
def test_every_name_becomes_a_folder_name(name: str, version: int) -> None:
    slug = slug_of(name, version=version)
    assert is_slug(slug)
    assert split_entry_id(f"open/{slug}") == ("open", slug)


def test_folder_names_can_be_read() -> None:
    assert slug_of("Wan2.1-I2V-14B + AlignVid") == "wan2-1-i2v-14b-alignvid"
    assert slug_of("Été 2026", version=3) == "ete-2026-v3"
    assert slug_of("視頻") == "entry"
    assert slug_of("../../etc/passwd") == "etc-passwd"


@pytest.mark.parametrize("text", ["", "open", "open/", "open/..", "Open/x", "open/X", "open/a b"])
def test_what_names_no_entry_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="expected an entry"):
        split_entry_id(text)


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a//b", "a/../b", ".git/x", "a/\\b", "a b", "", "é"]
)
def test_only_plain_paths_are_files_of_a_board(path: str) -> None:
    assert not is_plain_path(path)


def test_text_is_one_line_of_visible_characters() -> None:
    assert display_text("a\n\tb\u202ec\x1b[31m") == "a b[U+202E]c[U+001B][31m"


@given(st.text(max_size=200))
def test_markdown_shows_what_was_written(text: str) -> None:
    """Every character that begins anything in Markdown or HTML is escaped."""
    written = as_markdown(text)
    assert re.sub(r"\\(.)", r"\1", written) == display_text(text)
    bare = re.sub(r"\\.", "", written)
    assert not set(bare) & set("<>[]()*_`#$|!:&~")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "=HYPERLINK(1)"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert as_cell(text).startswith("'")
    assert as_cell("plain") == "plain"


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,<script>",
        "//example.org",
        "https://",
        "https://user:word@example.org/",
        "https://example.org\\@evil.example",
        'https://example.org/"onmouseover="x',
        "https://example.org/<script>",
        "https://example.org/\u202egnp",
        "https://example.org/a b",
        "https://example.org:port/",
        "https://[::1",
        "ftp://example.org/",
        "",
    ],
)
def test_only_plain_web_addresses_are_links(text: str) -> None:
    assert link_or_none(text) is None


@pytest.mark.parametrize("text", ["https://example.org/a?b=c#d", "http://localhost:8000/x"])
def test_web_addresses_stay_as_they_are(text: str) -> None:
    assert link_or_none(text) == text
