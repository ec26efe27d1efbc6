"""What can be chosen: editions, judges, entries, and the addresses that lead to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode

from leaderboard.entries import Board, BoardKey
from leaderboard.entries.display_text import display_text
from leaderboard.entries.table import Row
from omiti2v.edition_versions import edition_label
from omiti2v.editions import KNOWN_ANSWER

NO_JUDGE = "no judge"

Section = Literal["Methods", "Controls"]
"""The parts of a board: results of methods that make videos, and what is no model."""

CONTROLS_NOTE = (
    "No models: rendered clips of which every answer is known, as omiti2v demo makes them. They "
    "show what the scores and the judge do with videos that are right, or wrong in a known way."
)


def table_choices(board: Board) -> dict[str, dict[str, BoardKey]]:
    """The tables of a board, by the labels of their edition and judge.

    Results of methods come before rendered editions, whose entries are no models. First comes the
    edition where a reader finds most to hold against each other: the one with the most entries that
    a judge answered for, which can be ranked, compared and computed again; published numbers can't.
    Where that is the same, the one with the most entries. Of an edition, its judges are in the same
    order.
    """
    sizes = {
        key: (
            section_of(key) == "Methods",
            sum(entry.judge is not None for entry in entries),
            len(entries),
        )
        for key, entries in board.tables.items()
    }
    editions = sorted({(key.edition, key.edition_fingerprint) for key in sizes})
    grouped: dict[str, dict[str, BoardKey]] = {}
    for (name, fingerprint), label in zip(editions, _edition_labels(editions), strict=True):
        keys = [
            key for key in sizes if (key.edition, key.edition_fingerprint) == (name, fingerprint)
        ]
        keys.sort(key=lambda key: sizes[key], reverse=True)
        names = [(display_text(key.judge) or NO_JUDGE, key.judge_fingerprint) for key in keys]
        grouped[label] = dict(zip(_labels(names), keys, strict=True))
    order = sorted(
        grouped, key=lambda label: max(sizes[key] for key in grouped[label].values()), reverse=True
    )
    return {label: grouped[label] for label in order}


def section_of(key: BoardKey) -> Section:
    """Where a table stands: among the results of methods, or with rendered clips."""
    return "Controls" if key.edition == KNOWN_ANSWER else "Methods"


def find_entry(
    board: Board, choices: Mapping[str, Mapping[str, BoardKey]], text: str
) -> dict[str, str] | None:
    """Labels of the first table that has an entry, with its id, as an address names them.

    None where no table has it.

    Args:
        board: The board.
        choices: Its tables, see `table_choices`.
        text: What an address calls it: its id, or its name without the edition.
    """
    for edition, judges in choices.items():
        for judge, key in judges.items():
            for entry in board.tables[key]:
                if text in (entry.id, entry.slug):
                    return {"edition": edition, "judge": judge, "entry": entry.id}
    return None


def _edition_labels(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Names of editions, with version and fingerprint where a name alone is not enough."""
    counts = Counter(display_text(name) for name, _ in pairs)
    return [
        edition_label(text, digest) if counts[text] > 1 and digest else text
        for text, digest in ((display_text(name), digest) for name, digest in pairs)
    ]


def _labels(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Names, with the beginning of the fingerprint where a name alone is not enough."""
    counts = Counter(name for name, _ in pairs)
    return [
        f"{name} · {digest[:8]}" if counts[name] > 1 and digest else name for name, digest in pairs
    ]


def entry_labels(rows: Sequence[Row]) -> dict[str, str]:
    """What rows are called, by id; no two alike."""
    names = {row.id: row.title for row in rows}
    counts = Counter(names.values())
    return {
        row_id: f"{name} · {row_id}" if counts[name] > 1 else name for row_id, name in names.items()
    }


def link_to(page: str, parameters: Mapping[str, str | Sequence[str] | None]) -> str:
    """The address of a page with parameters, as `?edition=open&entry=open/still-floor`.

    Args:
        page: Its address without them.
        parameters: By name; empty ones are left out, and those with several values are repeated.
    """
    wanted = {name: value for name, value in parameters.items() if value}
    return page + (f"?{urlencode(wanted, doseq=True, safe='/')}" if wanted else "")
