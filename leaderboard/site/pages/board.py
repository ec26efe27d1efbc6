"""The table of one edition and judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import streamlit as st

from leaderboard.entries import BoardKey, Table, table_as_csv, table_as_json
from leaderboard.entries.display_text import as_markdown
from leaderboard.entries.ranking import RankedBy
from leaderboard.site.board_table import (
    WEIGHTS,
    BoardView,
    Filter,
    few_note,
    figure_text,
    filter_table,
    interval_label,
    judge_errors,
    summary,
    view_cells,
)
from leaderboard.site.choices import find_entry
from leaderboard.site.columns import NAME_LABEL, Column, Kind, figure_column
from leaderboard.site.entry_details import show_entry_section
from leaderboard.site.state import Site
from leaderboard.site.widgets import (
    choose_one,
    choose_table,
    offer_download,
    show_address,
    show_table,
    sorted_places,
    tell_unknown,
)
from omiti2v.edition_versions import old_version_note
from omiti2v.number_format import fixed, plain_number

TITLE = "Board"
ORDER = 10

NUMBERS: Mapping[Kind, Callable[[float], str]] = {
    "share": partial(fixed, decimals=1),
    "number": plain_number,
}
"""How the numbers of a kind of column are written: shares are in percent."""

_MAX_HEIGHT = 640


def render(site: Site) -> None:
    """The page."""
    st.title("OmitI2V leaderboard")
    st.markdown(
        "Does a video do what the prompt asked of its first image? Every number here is computed "
        "from a log of answers; published numbers are marked `reported`."
    )
    _follow_link(site)
    key = choose_table(site)
    whole = site.table(key)
    scores = [by for by in get_args(RankedBy) if any(by in row.figures for row in whole.rows)]
    tell_unknown("by", [figure_column(by).label for by in scores], what="score")
    by = st.segmented_control(
        "Rank by",
        scores,
        default=whole.by if whole.by in scores else None,
        format_func=lambda name: figure_column(name).label,
        key="by",
        bind="query-params",
    )
    view = site.view(key, by or whole.by)
    _show_judge(site, key)
    if old := old_version_note(key.edition_fingerprint):
        st.info(f"The entries here are {old}.")
    wanted = _choose_rows(view)
    filtered = filter_table(view.table, wanted)
    order: dict[str, str | Sequence[str] | None] = {}
    st.caption(summary(filtered))
    if view.table.floor:
        st.caption(
            f"Still floor: a frozen copy of every reference image has an accuracy of "
            f"{figure_text(view.table.floor)}, exactly and without a judge."
        )
    if not filtered.rows:
        st.info("No entry fits these filters. Remove one of them.")
    else:
        order = _show_table(view, filtered)
    _offer_downloads(filtered)
    _show_broken(site)
    show_entry_section(site, view)
    show_address(
        {
            "by": figure_column(view.table.by).label,
            "words": wanted.words,
            **wanted.fields,
            "since": wanted.since.isoformat() if wanted.since else None,
            **order,
            "entry": st.session_state.get("entry"),
        }
    )


def _follow_link(site: Site) -> None:
    """Show the table of an entry where the address names the entry and no edition."""
    wanted = st.query_params.get("entry")
    if not wanted or "edition" in st.query_params or "edition" in st.session_state:
        return
    place = find_entry(site.board, site.choices(), wanted)
    if place:
        st.session_state.update(place)


def _choose_rows(view: BoardView) -> Filter:
    box = st.expander("Filter and search", on_change="rerun", key="filters")
    if not _is_wanted(box.open, "filters", ("words", *view.values, "weights", "since")):
        return Filter()
    with box:
        words = st.text_input(
            "Words in the name, method or notes", key="words", bind="query-params"
        )
        left, middle, right = st.columns(3)
        fields = {}
        for column, name, values in (
            (left, "method", view.values["method"]),
            (left, "badge", view.values["badge"]),
            (middle, "backbone", view.values["backbone"]),
            (middle, "weights", list(WEIGHTS.values())),
        ):
            tell_unknown(name, values)
            fields[name] = column.multiselect(
                name.capitalize(), values, key=name, bind="query-params"
            )
        since = right.date_input("Added on or after", value=None, key="since", bind="query-params")
    return Filter(words, fields, since)


def _is_wanted(is_open: bool | None, name: str, parameters: Sequence[str]) -> bool:
    """Whether to draw controls that stand folded: from when they are opened, or in the address.

    Most visitors open none, and a browser loads a dozen files for each kind of control. Once drawn
    they stay, because what is not drawn forgets what was chosen.
    """
    if is_open or any(parameter in st.query_params for parameter in parameters):
        st.session_state[f"{name} opened"] = True
    return f"{name} opened" in st.session_state


def _show_table(view: BoardView, table: Table) -> dict[str, str | Sequence[str] | None]:
    """The table; how it is shown, as the address names it."""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = list(view.chosen)
    # Each table has columns of its own.
    key = f"columns {table.key.edition} {table.key.judge}"
    sort, smallest_first = None, False
    with left, st.popover("Columns and order", on_change="rerun", key="choose columns") as box:
        if _is_wanted(box.open, "columns", (key, "sort", "smallest")):
            tell_unknown(key, view.columns, what="column")
            chosen = st.multiselect(
                "Columns of the table",
                list(view.columns),
                default=chosen,
                key=key,
                bind="query-params",
            )
            sort = choose_one(
                "Sort by",
                chosen,
                key="sort",
                index=None,
                placeholder="As ranked; empty cells stand last",
            )
            smallest_first = st.toggle("Smallest first", key="smallest", bind="query-params")
    with right:
        intervals = st.toggle(
            "Intervals", value=True, help="95 %, over samples", key="intervals", bind="query-params"
        )
    labels = chosen or [NAME_LABEL]
    cells = view_cells(view, table.rows, labels, intervals=intervals)
    if sort:
        order = sorted_places(cells[sort], smallest_first=smallest_first)
        table = replace(table, rows=tuple(table.rows[place] for place in order))
        cells = {label: [column[place] for place in order] for label, column in cells.items()}
    ids = [row.id for row in table.rows]

    def follow_selection() -> None:
        rows = st.session_state["table"]["selection"]["rows"]
        st.session_state["entry"] = ids[rows[0]] if rows and rows[0] < len(ids) else None

    show_table(
        cells,
        height=min(_MAX_HEIGHT, 38 + 35 * len(table.rows)),
        column_config=_column_config([view.columns[label] for label in labels]),
        numbers={
            label: NUMBERS[kind]
            for label in labels
            if (kind := view.columns[label].kind) in NUMBERS
        },
        on_select=follow_selection,
        selection_mode="single-row",
        placeholder="–",
        key="table",
        alt="Entries of the board with their scores; the same rows can be downloaded as CSV.",
    )
    if note := few_note(table.rows, [view.columns[label] for label in labels]):
        st.caption(note)
    return {
        key: chosen if chosen != list(view.chosen) else None,
        "sort": sort,
        "smallest": "true" if smallest_first else None,
        "intervals": None if intervals else "false",
    }


def _column_config(columns: list[Column]) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for column in columns:
        about = column.meaning or None
        if column.kind == "rank":
            config[column.label] = st.column_config.TextColumn(
                help=about, width=70, alignment="right", pinned=False
            )
        elif column.name == "name":
            config[column.label] = st.column_config.TextColumn(width=190, pinned=True)
        elif column.kind in ("share", "number"):
            config[column.label] = st.column_config.NumberColumn(help=about)
        elif column.kind == "date":
            config[column.label] = st.column_config.DateColumn(format="YYYY-MM-DD")
        else:
            config[column.label] = st.column_config.TextColumn(help=about)
        config[interval_label(column)] = st.column_config.TextColumn(
            help="95 % interval, over samples", alignment="right"
        )
    return config


def _show_judge(site: Site, key: BoardKey) -> None:
    errors = judge_errors(site.calibration(key))
    if errors:
        where, rows = errors[0]
        with st.expander(f"This judge on {where}: {as_markdown(rows[0][1])} right"):
            for where, rows in errors:
                if len(errors) > 1:
                    st.text(f"{where[:1].upper()}{where[1:]}")
                for label, number, meaning in rows:
                    st.text(f"{label}: {number} ({meaning})")
    elif key.judge:
        st.caption("The error of this judge has not been measured on this board.")


def _offer_downloads(table: Table) -> None:
    with st.container(horizontal=True):
        for title, mime, make in (
            ("CSV", "text/csv", table_as_csv),
            ("JSON", "application/json", table_as_json),
        ):
            offer_download(
                f"Download {title}",
                partial(make, table),
                f"{table.key.edition}.{title.lower()}",
                mime,
                help="The rows shown, with all their numbers and intervals.",
            )


def _show_broken(site: Site) -> None:
    broken = site.board.broken
    if broken:
        with st.expander(f"{len(broken)} broken: not shown above"):
            for item in broken:
                st.text(f"{item.id}: {item.reason}")
