"""The main table: which rows a reader wants, in which order, and what stands in its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from leaderboard.entries.ranking import RANKED_BY
from leaderboard.entries.table import Figure, Row, Table
from leaderboard.report.score_cells import (
    Bar,
    ScoreCell,
    interval_text,
    number_cell,
    percent_cell,
)
from leaderboard.site.choices import entry_labels
from leaderboard.site.columns import NAME_LABEL, Column, figure_column, table_columns
from omiti2v.calibration import SHARES, Calibration
from omiti2v.comparison.verdict import LEVEL
from omiti2v.definitions import FEW_MARK
from omiti2v.number_format import percent, plain_number, with_unit
from omiti2v.plurals import counted
from omiti2v.scores import Estimate

Cell = ScoreCell | str
"""A number with its interval and bar, or a text; empty where there is nothing."""

WEIGHTS = {True: "open", False: "closed", None: "not said"}
"""What is known of a video model's weights."""


@dataclass(frozen=True)
class Filter:
    """Which rows a reader wants; an empty field asks for nothing.

    Attributes:
        words: All must occur in the row's texts, in small or capital letters.
        fields: By the name of a text column, as "method": any of the values.
        since: Added on this day or later.
    """

    words: str = ""
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: date | None = None

    def takes(self, row: Row) -> bool:
        """Whether the reader wants a row."""
        return (
            (not self.words or self._has_words(row))
            and all(
                not wanted
                or (WEIGHTS[row.open_weights] if name == "weights" else getattr(row, name))
                in wanted
                for name, wanted in self.fields.items()
            )
            and (self.since is None or row.added >= self.since)
        )

    def _has_words(self, row: Row) -> bool:
        text = " ".join((row.id, row.name, row.method, row.backbone, row.note, row.source))
        text = text.casefold()
        return all(word in text for word in self.words.casefold().split())


@dataclass(frozen=True)
class BoardView:
    """What the page of a table shows before a reader chooses anything: prepared once for all.

    Attributes:
        table: With its still floor among the ranked rows.
        columns: By label.
        chosen: Labels of the columns that are shown unless the reader chooses others; first come
            rank, name and the score that the rows are ordered by.
        labels: What each row is called, by id.
        values: What the rows have in the columns "method", "backbone" and "badge", to filter by.
    """

    table: Table
    columns: Mapping[str, Column]
    chosen: tuple[str, ...]
    labels: Mapping[str, str]
    values: Mapping[str, Sequence[str]]


def board_view(table: Table) -> BoardView:
    """The view of a table."""
    placed = place_floor(table)
    rows = placed.rows
    columns = {column.label: column for column in table_columns(rows)}
    chosen = [
        label
        for label, column in columns.items()
        if column.name == table.by or (column.chosen and any(shown_cell(r, column) for r in rows))
    ]
    by = figure_column(table.by).label
    if by in chosen:
        chosen.remove(by)
        chosen.insert(chosen.index(NAME_LABEL) + 1, by)
    return BoardView(
        table=placed,
        columns=columns,
        chosen=tuple(chosen),
        labels=entry_labels(rows),
        values={
            name: sorted({getattr(row, name) for row in rows} - {""})
            for name in ("method", "backbone", "badge")
        },
    )


def filter_table(table: Table, wanted: Filter) -> Table:
    """A table with the wanted rows alone; their ranks stay those among all."""
    if not (wanted.words or wanted.since or any(wanted.fields.values())):
        return table
    return replace(table, rows=tuple(row for row in table.rows if wanted.takes(row)))


def place_floor(table: Table) -> Table:
    """A table with its still floor where it belongs by the score, like a line among the ranked."""
    floors = [row for row in table.rows if row.badge == "exact" and table.by in row.figures]
    rows = [row for row in table.rows if not (row.badge == "exact" and table.by in row.figures)]
    sign = -1 if RANKED_BY[table.by] else 1
    for floor in floors:
        value = sign * floor.figures[table.by].value
        better = [
            index
            for index, row in enumerate(rows)
            if row.standing and sign * row.figures[table.by].value <= value
        ]
        rows.insert(max(better, default=-1) + 1, floor)
    return replace(table, rows=tuple(rows))


def order_rows(rows: Sequence[Row], column: Column, *, descending: bool) -> list[Row]:
    """Rows by a column; those with nothing in it come last, whichever way."""
    keys = [(row, _sort_key(row, column)) for row in rows]
    known = [pair for pair in keys if pair[1] is not None]
    known.sort(key=lambda pair: pair[1], reverse=descending)  # type: ignore[arg-type,return-value]
    return [row for row, _ in known] + [row for row, key in keys if key is None]


def _sort_key(row: Row, column: Column) -> str | float | date | None:
    if column.kind == "rank":
        return row.standing.best if row.standing else None
    if column.name == "coverage":
        return row.coverage
    if column.kind in ("share", "number"):
        figure = row.figures.get(column.name)
        return figure.value if figure else None
    if column.kind == "date":
        return row.added
    return _text(row, column).casefold() or None


def shown_cell(row: Row, column: Column) -> Cell:
    """What stands in a cell. The scores that a board ranks by have a bar."""
    if column.kind == "rank":
        return str(row.standing) if row.standing else ""
    if column.name == "coverage":
        return "" if row.coverage is None else with_unit(percent(row.coverage))
    if column.kind == "date":
        return row.added.isoformat()
    if column.kind == "text":
        return _text(row, column)
    figure = row.figures.get(column.name)
    if figure is None:
        return ""
    has_bar = column.name in RANKED_BY
    if isinstance(figure, Estimate):
        cell = percent_cell(figure) if column.kind == "share" else number_cell(figure)
        return "" if cell is None else cell if has_bar else replace(cell, bar=None)
    mark = round(100 * figure.value, 2)
    return ScoreCell(
        value=figure_text(figure, share=column.kind == "share"),
        interval="",
        n=0,
        is_of_few=False,
        bar=Bar(start=mark, width=0, mark=mark) if has_bar else None,
    )


def _text(row: Row, column: Column) -> str:
    if column.name == "name":
        return row.title
    if column.name == "weights":
        return WEIGHTS[row.open_weights]
    value: str | None = getattr(row, column.name)
    return value or ""


def figure_text(figure: Figure | None, *, share: bool = True) -> str:
    """A number with its interval, as `41.7 % [33.1, 50.2]`."""
    if figure is None:
        return "not available"
    value = with_unit(percent(figure.value)) if share else plain_number(figure.value)
    if not isinstance(figure, Estimate):
        return value
    mark = FEW_MARK if figure.is_of_few else ""
    return f"{value}{mark} {interval_text(figure, _form(share))}"


def _form(share: bool) -> Callable[[float], str]:
    return percent if share else plain_number


def summary(table: Table) -> str:
    """How many rows there are and how well they are told apart, in a sentence or two."""
    ranks = [row.standing for row in table.rows if row.standing]
    label = figure_column(table.by).label.lower()
    count = f"{len(table.rows)} {'entry' if len(table.rows) == 1 else 'entries'}"
    if not ranks:
        return f"{count}, none of them ranked; in the order of {label}."
    text = f"{count}, {len(ranks)} ranked by {label}"
    if not table.pairs:
        return f"{text}."
    certain = sum(rank.best == rank.worst for rank in ranks)
    return (
        f"{text}: {certain} at one place, {len(ranks) - certain} at one of several. "
        f"{counted(table.pairs, 'pair')} of entries {'was' if table.pairs == 1 else 'were'} "
        f"compared by {len(RANKED_BY)} scores as one family of "
        f"tests: at most {100 * LEVEL:.0f} % of such boards put any entry where it "
        "does not belong."
    )


def judge_errors(calibration: Calibration | None) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """A judge's measured errors by what the clips are on, what counts first.

    Returns:
        What they are on, and of each error its label, number with interval, and meaning.
    """
    if calibration is None:
        return []
    found = [
        (
            where,
            [
                (definition.label, figure_text(shares.get(name)), definition.meaning)
                for name, definition in SHARES.items()
            ],
        )
        for where, shares in calibration.by_ground
    ]
    if calibration.text_obeyed is not None:
        meaning = "of the answers against a word written over the frames, the share turned into it"
        obeys = ("obeys written words", figure_text(calibration.text_obeyed), meaning)
        if calibration.contrast:  # over whichever rendered clips there are
            found.append(("rendered clips", [obeys]))
        else:
            found[0][1].append(obeys)
    return found
