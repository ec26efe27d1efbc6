"""A board's first screen as HTML: what the table says, and its rows with intervals as bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from leaderboard.entries.board import Board
from leaderboard.entries.entry_info import BADGES, IN_SHORT, Badge
from leaderboard.entries.headline import Headline
from leaderboard.entries.table import Row
from leaderboard.report.score_cells import ScoreCell
from leaderboard.site.board_table import Cell, shown_cell
from leaderboard.site.columns import Column
from omiti2v.html_templates import page_environment


@dataclass(frozen=True)
class ShownRow:
    """A row as the page shows it. The texts are still to be escaped.

    Attributes:
        row: Where it comes from.
        link: Where its name leads.
        anchor: Its place in the page; empty for none.
        cells: The columns with what stands in them.
    """

    row: Row
    link: str
    anchor: str
    cells: tuple[tuple[Column, Cell], ...]

    @property
    def badge(self) -> Badge:
        """What its numbers rest on."""
        return self.row.badge

    @property
    def claim(self) -> str:
        """What that proves, in a few words."""
        return IN_SHORT[self.badge]

    @property
    def source(self) -> str:
        """Where its numbers were published; empty where they were not."""
        return self.row.source if self.badge == "reported" else ""


def shown_rows(
    rows: Sequence[Row],
    columns: Sequence[Column],
    link: Callable[[str], str],
    *,
    anchor: Callable[[str], str] = lambda entry_id: "",
) -> list[ShownRow]:
    """Rows with what stands in some columns.

    Args:
        rows, columns: In their order.
        link: Where a row's name leads, by its id.
        anchor: A row's place in the page, by its id.
    """
    return [
        ShownRow(
            row, link(row.id), anchor(row.id), tuple((one, shown_cell(row, one)) for one in columns)
        )
        for row in rows
    ]


@cache
def macros() -> Any:
    """The macros of `board.html`."""
    return page_environment("leaderboard.site").get_template("board.html").module


@cache
def board_style() -> str:
    """The style sheet of the first screen."""
    return Path(__file__).with_name("board.css").read_text(encoding="utf-8")


def headline_markup(headline: Headline, link: Callable[[str], str]) -> str:
    """What a table says.

    Args:
        headline: In words.
        link: Where the name of a row leads, by its id.
    """
    return str(macros().lead(headline, link))


def rows_markup(rows: Sequence[ShownRow], columns: Sequence[Column], label: str) -> str:
    """The rows of a table.

    Args:
        rows: At least one.
        columns: Theirs.
        label: What the table is, for those who can't see it.
    """
    return str(macros().board(rows, columns, label))


@dataclass(frozen=True)
class Key:
    """What is to be explained below some rows.

    Attributes:
        badges: Their badges with what each proves.
        few: Whether a number is marked as of few samples.
    """

    badges: Mapping[Badge, str]
    few: bool


def key_of(rows: Sequence[ShownRow]) -> Key:
    """What is to be explained below some rows."""
    return Key(
        {
            name: meaning
            for name, meaning in BADGES.items()
            if any(row.badge == name for row in rows)
        },
        any(
            isinstance(cell, ScoreCell) and cell.is_of_few for row in rows for _, cell in row.cells
        ),
    )


def key_markup(rows: Sequence[ShownRow]) -> str:
    """What the badges, bars and marks of some rows mean."""
    key = key_of(rows)
    return str(macros().key(key.badges, key.few))


def origins(board: Board) -> str:
    """Which of a board's numbers come from logs and which were published, in a sentence."""
    of: dict[Badge, int] = dict.fromkeys(BADGES, 0)
    for entry in board.entries:
        of[entry.info.badge] += 1
    logged = of["responses"] + of["videos"]
    parts = [
        f"{_entries(logged)} {_verb(logged, 'have')} a log of answers, from which every number is "
        "computed",
        f"{_entries(of['reported'])}, marked reported, {_verb(of['reported'], 'stand')} as "
        "published, without a log",
        f"{_entries(of['exact'])}, marked exact, {_verb(of['exact'], 'follow')} from the "
        "annotations alone",
    ]
    counts = (logged, of["reported"], of["exact"])
    said = [part for part, count in zip(parts, counts, strict=True) if count]
    return f"On this board {'; '.join(said)}." if said else ""


def _entries(count: int) -> str:
    return f"{count} {'entry' if count == 1 else 'entries'}"


def _verb(count: int, plural: str) -> str:
    return plural if count != 1 else "has" if plural == "have" else f"{plural}s"
