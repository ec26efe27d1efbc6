"""Text and links from entries, made safe to show. Escaping for HTML is the page's own work."""

from __future__ import annotations

from urllib.parse import urlsplit

from omiti2v.safe_text import visible_text

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#+-.!|~$:&"})


def display_text(text: str) -> str:
    """Text as one line in which no character acts unseen."""
    return visible_text(" ".join(text.split()), one_line=True)


def as_markdown(text: str) -> str:
    """Text that a Markdown page shows letter by letter: no tags, links, formulas or emoji codes."""
    return display_text(text).translate(_MARKDOWN)


def as_cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def link_or_none(text: str) -> str | None:
    """A web address as it stands; None for anything else, as `javascript:` or one with a login."""
    if display_text(text) != text or any(char in text for char in " \"'<>`\\"):
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (raises where it is no number)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return text
