"""The pages of an export: one for each edition and judge, with the words of the served board."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import count

from leaderboard.entries import Board, BoardKey, Table, make_table
from leaderboard.entries.headline import Headline, table_headline
from leaderboard.entries.names import ENTRIES, slug_of
from leaderboard.entries.table import Row, table_family
from leaderboard.site.board_markup import ShownRow, key_of, origins, shown_rows
from leaderboard.site.board_table import (
    WEIGHTS,
    BoardView,
    board_view,
    judge_errors,
    summary,
)
from leaderboard.site.choices import CONTROLS_NOTE, Section, section_of, table_choices
from omiti2v.edition_versions import old_version_note
from omiti2v.html_templates import page_environment
from omiti2v.number_format import percent, with_unit

_BLOCK = 100
"""Rows in a table; the next ones stand folded, and a browser draws them when they are wanted."""

_TAKEN = ("index", "export", "samples")
"""Names of other files."""


@dataclass(frozen=True)
class ExportPage:
    """A page and what belongs to it.

    Attributes:
        name: Of its files, without their ending.
        title: Edition and judge.
        section: The part of the board that it is of.
        view: The table as the served page shows it.
        headline: What it says.
    """

    name: str
    title: str
    section: Section
    view: BoardView
    headline: Headline

    @property
    def table(self) -> Table:
        """Its rows."""
        return self.view.table

    @cached_property
    def blocks(self) -> list[tuple[str, list[ShownRow]]]:
        """The rows in tables that are drawn one by one, and what these are called."""
        view, rows = self.view, self.table.rows
        columns = [view.columns[label] for label in view.chosen]
        return [
            (
                f"Rows {start + 1} to {min(start + _BLOCK, len(rows))} of {len(rows)}",
                shown_rows(rows[start : start + _BLOCK], columns, anchor_link, anchor=anchor_of),
            )
            for start in range(0, len(rows), _BLOCK)
        ]


def export_pages(board: Board) -> list[ExportPage]:
    """The pages of a board, the one that it opens on first.

    Raises:
        UserError: A calibration of the board is broken.
    """
    keys = [
        (edition, judge, key)
        for edition, judges in table_choices(board).items()
        for judge, key in judges.items()
    ]
    taken = set(_TAKEN)
    pages = []
    for edition, judge, key in keys:
        digests = [text[:8] for text in (key.edition_fingerprint, key.judge_fingerprint) if text]
        plain = "-".join([slug_of(f"{key.edition} {key.judge}"), *digests])
        name = next(
            name for n in count(1) if (name := f"{plain}-{n}" if n > 1 else plain) not in taken
        )
        taken.add(name)
        pages.append(_page(board, key, name=name, title=f"{edition} · {judge}"))
    return pages


def _page(board: Board, key: BoardKey, *, name: str, title: str) -> ExportPage:
    family = table_family(board, key)
    view = board_view(make_table(board, key, family=family))
    return ExportPage(
        name=name,
        title=title,
        section=section_of(key),
        view=view,
        headline=table_headline(board, view.table, family),
    )


def render_page(board: Board, page: ExportPage, pages: list[ExportPage]) -> str:
    """A page as HTML, whose texts are all shown as plain text.

    Args:
        board: The board.
        page: One of its pages.
        pages: All of them, for the way from one to the others.
    """
    sections: dict[Section, list[ExportPage]] = {}
    for other in pages:
        sections.setdefault(other.section, []).append(other)
    return (
        page_environment("leaderboard")
        .get_template("export/page.html")
        .render(
            page=page,
            sections=sections,
            note=CONTROLS_NOTE if page.section == "Controls" else "",
            link=anchor_link,
            files_of=files_of,
            key=key_of([row for _, rows in page.blocks for row in rows]),
            columns=[page.view.columns[label] for label in page.view.chosen],
            facts_of=facts_of,
            origins=origins(board),
            summary=summary(page.table),
            floor=with_unit(percent(page.table.floor.value)) if page.table.floor else "",
            old=old_version_note(page.table.key.edition_fingerprint),
            errors=judge_errors(board.calibration(page.table.key)),
            broken=len(board.broken),
        )
    )


def files_of(entry_id: str) -> str:
    """Where all files of an entry lie in an export."""
    return f"{ENTRIES}/{entry_id}.zip"


def anchor_of(entry_id: str) -> str:
    """The place of a row in its page, as `framepack-v2`."""
    return entry_id.rpartition("/")[2]


def anchor_link(entry_id: str) -> str:
    """Where it leads in its page."""
    return f"#{anchor_of(entry_id)}"


def facts_of(row: Row) -> list[tuple[str, str]]:
    """What the columns leave out, as label and value."""
    facts = [
        ("No rank", row.unranked or ""),
        ("Note", row.note),
        ("Weights", WEIGHTS[row.open_weights]),
        ("License", row.license),
        ("People", row.people),
    ]
    return [(label, value) for label, value in facts if value]
