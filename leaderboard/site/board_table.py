"""The main table: which rows a reader wants, and what stands in its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from leaderboard.entries.ranking import RANKED_BY, RowRank
from leaderboard.entries.table import Figure, Row, Table
from leaderboard.report.score_cells import interval_text
from leaderboard.site.choices import entry_labels, titled
from leaderboard.site.columns import Column, figure_column, table_columns
from omiti2v.calibration import SHARES, Calibration
from omiti2v.comparison.verdict import LEVEL
from omiti2v.definitions import FEW_MARK, FEW_NOTE
from omiti2v.number_format import percent, plain_number, with_unit
from omiti2v.plurals import counted
from omiti2v.scores import Estimate

Cell = str | float | int | date | None

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
        chosen: Labels of the columns that are shown unless the reader chooses others.
        cells: Of those columns and their intervals; a list a column.
        labels: What each row is called, by id.
        values: What the rows have in the columns "method", "backbone" and "badge", to filter by.
    """

    table: Table
    columns: Mapping[str, Column]
    chosen: tuple[str, ...]
    cells: Mapping[str, Sequence[Cell]]
    labels: Mapping[str, str]
    values: Mapping[str, Sequence[str]]


def board_view(table: Table) -> BoardView:
    """The view of a table."""
    placed = place_floor(table)
    rows = placed.rows
    columns = {column.label: column for column in table_columns(rows)}
    is_ranked = any(row.standing for row in rows)
    chosen = tuple(
        label
        for label, column in columns.items()
        if column.chosen and (column.kind != "rank" or is_ranked)
    )
    return BoardView(
        table=placed,
        columns=columns,
        chosen=chosen,
        cells=table_cells(rows, [columns[label] for label in chosen], intervals=True),
        labels=entry_labels(rows),
        values={
            name: sorted({getattr(row, name) for row in rows} - {""})
            for name in ("method", "backbone", "badge")
        },
    )


def view_cells(
    view: BoardView, rows: Sequence[Row], chosen: Sequence[str], *, intervals: bool
) -> Mapping[str, Sequence[Cell]]:
    """The cells of some rows and columns of a view; see `table_cells`.

    Args:
        view: The view; what it has prepared is not made again.
        rows: Of its table.
        chosen: Labels of the columns.
        intervals: Whether columns of intervals are wanted.
    """
    if rows is view.table.rows and tuple(chosen) == view.chosen and intervals:
        return view.cells
    return table_cells(rows, [view.columns[label] for label in chosen], intervals=intervals)


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


def table_cells(
    rows: Sequence[Row], columns: Sequence[Column], *, intervals: bool = False
) -> dict[str, list[Cell]]:
    """The cells of a table by the label of their column; shares in percent.

    Args:
        rows: In their order.
        columns: In theirs.
        intervals: Whether a column of intervals follows each column of numbers that has any.
    """
    table: dict[str, list[Cell]] = {}
    for column in columns:
        table[column.label] = [_cell(row, column) for row in rows]
        spans = [_interval(row, column) for row in rows] if intervals else []
        if any(spans):
            table[interval_label(column)] = list(spans)
    return table


def interval_label(column: Column) -> str:
    """What the intervals of a column are called."""
    return f"{column.label}, 95 %"


def _cell(row: Row, column: Column) -> Cell:
    if column.name == "rank":
        return _rank(row.standing) if row.standing else None
    if column.name == "name":
        return titled(row)
    if column.name == "weights":
        return WEIGHTS[row.open_weights]
    if column.name == "coverage":
        return None if row.coverage is None else 100 * row.coverage
    if column.kind in ("text", "date"):
        value: str | date | None = getattr(row, column.name)
        return value
    figure = row.figures.get(column.name)
    if figure is None:
        return None
    return 100 * figure.value if column.kind == "share" else figure.value


def _rank(standing: RowRank) -> str:
    """A rank that sorts as text by its best place: browsers put a space before every digit."""
    best, *worst = str(standing).split("-")
    return "-".join((best.rjust(4), *worst))


def _interval(row: Row, column: Column) -> str | None:
    figure = row.figures.get(column.name)
    if not isinstance(figure, Estimate):
        return None
    mark = f" {FEW_MARK}" if figure.is_of_few else ""
    return interval_text(figure, _form(column.kind == "share")) + mark


def figure_text(figure: Figure | None, *, share: bool = True) -> str:
    """A number with its interval, as `41.7 % [33.1, 50.2]`."""
    if figure is None:
        return "not available"
    value = with_unit(percent(figure.value)) if share else plain_number(figure.value)
    if not isinstance(figure, Estimate):
        return value
    mark = FEW_MARK if figure.is_of_few else ""
    return f"{value}{mark} {interval_text(figure, _form(share))}"


def few_note(rows: Sequence[Row], columns: Sequence[Column]) -> str:
    """Which of the columns have a number of few samples, in a line; empty where none has."""
    few = [
        column.label
        for column in columns
        if any(
            isinstance(f, Estimate) and f.is_of_few
            for row in rows
            if (f := row.figures.get(column.name))
        )
    ]
    return f"{FEW_NOTE}: {', '.join(few)}." if few else ""


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
