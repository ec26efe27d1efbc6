"""What does not hold of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["wrong", "note"]


@dataclass(frozen=True)
class Finding:
    """What does not hold.

    Attributes:
        entry: Its id.
        level: `wrong`, or a `note` for a person to look at.
        what: The number or file.
        stated: What the entry says; empty where that is not the point.
        found: What the log gives, or a sentence.
        others: Ids of further entries of which the same is to be said.
    """

    entry: str
    level: Level
    what: str
    stated: str
    found: str
    others: tuple[str, ...] = ()


def wrong(entry: str, what: str, found: str, *, stated: str = "") -> Finding:
    """Something that can't stay as it is."""
    return Finding(entry, "wrong", what, stated, found)


def note(entry: str, what: str, found: str) -> Finding:
    """Something for a person to look at."""
    return Finding(entry, "note", what, "", found)
