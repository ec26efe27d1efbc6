"""Untrusted text, made safe to show."""

from __future__ import annotations

import os
import re
import unicodedata

# Joiners shape letters and emoji and can't reorder or hide the text around them.
_HARMLESS_FORMATS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
_INVISIBLE_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
_MAYBE_INVISIBLE = re.compile(r"[^\n\t\x20-\x7e]")
_MAYBE_INVISIBLE_IN_A_LINE = re.compile(r"[^\x20-\x7e]")


def visible_text(text: str, *, one_line: bool = False) -> str:
    """`text` with every character that would act unseen written out, as `[U+202E]`.

    Control characters, direction marks and overrides, zero-width characters, line separators and
    lone surrogates could drive a terminal, or make a page read otherwise than it is stored.

    Args:
        text: From anywhere.
        one_line: Write out tabs and newlines too.
    """
    pattern = _MAYBE_INVISIBLE_IN_A_LINE if one_line else _MAYBE_INVISIBLE
    return pattern.sub(_spell_out, text)


def name_as_text(name: str) -> str:
    """The name of a file as text: bytes in it that are no UTF-8 are replaced."""
    return os.fsencode(name).decode(errors="replace")


def _spell_out(match: re.Match[str]) -> str:
    character = match[0]
    if unicodedata.category(character) in _INVISIBLE_CATEGORIES:
        return character if character in _HARMLESS_FORMATS else f"[U+{ord(character):04X}]"
    return character
