"""The table of one edition and judge, and before it what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import get_args

import streamlit as st

from leaderboard.entries import BoardKey, Table, table_as_csv, table_as_json
from leaderboard.entries.display_text import as_markdown
from leaderboard.entries.headline import table_headline
from leaderboard.entries.ranking import RankedBy
from leaderboard.site.board_markup import (
    board_style,
    headline_markup,
    key_markup,
    origins,
    rows_markup,
    shown_rows,
)
from leaderboard.site.board_table import (
    WEIGHTS,
    BoardView,
    Filter,
    filter_table,
    judge_errors,
    order_rows,
    summary,
)
from leaderboard.site.choices import CONTROLS_NOTE, Section, find_entry, link_to, section_of
from leaderboard.site.columns import NAME_LABEL, figure_column
from leaderboard.site.entry_details import show_entry_section
from leaderboard.site.state import Site
from leaderboard.site.widgets import (
    choose_one,
    choose_table,
    chosen_table,
    offer_download,
    show_address,
    tell_unknown,
)
from omiti2v.edition_versions import old_version_note
from omiti2v.number_format import percent, with_unit

TITLE = "Board"
ORDER = 10

_PAGE = 50
"""Rows shown at once."""


def render(site: Site) -> None:
    """The page."""
    st.title("OmitI2V leaderboard")
    question = "Does a video do what the prompt asked of its first image?"
    st.text(f"{question} {origins(site.board)}")
    _follow_link(site)
    editions = _choose_section(site)
    lead = st.container()
    key = choose_table(site, within=editions)
    whole = site.table(key)
    scores = [by for by in get_args(RankedBy) if any(by in row.figures for row in whole.rows)]
    by = None
    tell_unknown("by", [figure_column(one).label for one in scores], what="score")
    if len(scores) > 1:
        by = st.segmented_control(
            "Rank by",
            scores,
            default=whole.by if whole.by in scores else None,
            format_func=lambda name: figure_column(name).label,
            key="by",
            bind="query-params",
        )
    view = site.view(key, by or whole.by)
    with lead:
        _show_headline(site, view)
    if old := old_version_note(key.edition_fingerprint):
        st.info(f"The entries here are {old}.")
    # One that was asked for stands first: whoever follows a name's link arrives at the top.
    asked_for = st.session_state.get("entry", st.query_params.get("entry"))
    if asked_for:
        show_entry_section(site, view)
    filtered, columns, chosen = _choose_rows(view)
    if not filtered.rows:
        st.info("No entry fits these filters. Remove one of them.")
    else:
        _show_rows(site, view, filtered, columns)
    st.caption(summary(filtered))
    if view.table.floor:
        st.caption(
            f"Still floor: a frozen copy of every reference image has an accuracy of "
            f"{with_unit(percent(view.table.floor.value))}, exactly and without a judge."
        )
    _show_judge(site, key)
    _offer_downloads(filtered)
    _show_broken(site)
    if not asked_for:
        show_entry_section(site, view)
    by_label = figure_column(view.table.by).label if len(scores) > 1 else None
    show_address({"by": by_label, **chosen, "entry": st.session_state.get("entry")})


def _follow_link(site: Site) -> None:
    """Show the table of an entry where the address names the entry and no edition."""
    wanted = st.query_params.get("entry")
    if not wanted or "edition" in st.query_params or "edition" in st.session_state:
        return
    place = find_entry(site.board, site.choices(), wanted)
    if place:
        st.session_state.update(place)


def _choose_section(site: Site) -> Sequence[str]:
    """The part of the board that the edition is of, and all the editions there."""
    editions: dict[Section, list[str]] = {}
    for label, judges in site.choices().items():
        editions.setdefault(section_of(next(iter(judges.values()))), []).append(label)
    parts = list(editions)
    if not parts:
        return ()
    asked = st.query_params.get("section")
    wanted = st.session_state.get("edition", st.query_params.get("edition"))
    # The edition decides; an address leaves it out where it is the first of its part.
    of_edition = [part for part in parts if wanted in editions[part]]
    here = next(iter([*of_edition, *(part for part in parts if part == asked), parts[0]]))

    def follow() -> None:
        chosen = st.session_state["section"] or here
        st.session_state["edition"] = editions[chosen][0]

    if len(parts) > 1:
        st.session_state["section"] = here
        st.segmented_control("Show", parts, key="section", on_change=follow)
        if here == parts[0]:
            st.query_params.pop("section", None)
        elif asked != here:
            st.query_params["section"] = here
    if here == "Controls":
        st.info(CONTROLS_NOTE)
    return editions[here]


def _show_headline(site: Site, view: BoardView) -> None:
    key, by = view.table.key, view.table.by
    found = site.once(
        ("headline", key, by), lambda: table_headline(site.board, view.table, site.family(key))
    )
    st.html(f"<style>{board_style()}</style>{headline_markup(found, partial(_link, by))}")


def _link(by: RankedBy, entry_id: str) -> str:
    return link_to("", {**chosen_table(), "by": by, "entry": entry_id})


def _choose_rows(
    view: BoardView,
) -> tuple[Table, Sequence[str], dict[str, str | Sequence[str] | None]]:
    """The rows and the labels of the columns that the reader wants, and how an address says so."""
    box = st.expander("Filter, order and columns", on_change="rerun", key="filters")
    # Each table has columns of its own.
    place = f"columns {view.table.key.edition} {view.table.key.judge}"
    named = ("words", *view.values, "weights", "since", "sort", "smallest", place)
    if box.open or any(name in st.query_params for name in named):
        st.session_state["filters opened"] = True
    # Most visitors open it not, and a browser loads a dozen files for each kind of control. Once
    # drawn they stay, because what is not drawn forgets what was chosen.
    if "filters opened" not in st.session_state:
        return view.table, view.chosen, {}
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
        order = choose_one(
            "Order by",
            list(view.columns),
            key="sort",
            index=None,
            place=left,
            placeholder="As ranked; empty cells come last",
        )
        rising = middle.toggle("Smallest first", key="smallest", bind="query-params")
        tell_unknown(place, list(view.columns), what="column")
        chosen = st.multiselect(
            "Columns of the table",
            list(view.columns),
            default=list(view.chosen),
            key=place,
            bind="query-params",
        )
    found = filter_table(view.table, Filter(words, fields, since))
    if order is not None:
        rows = order_rows(found.rows, view.columns[order], descending=not rising)
        found = replace(found, rows=tuple(rows))
    return (
        found,
        chosen or [NAME_LABEL],
        {
            "words": words,
            **fields,
            "since": since.isoformat() if since else None,
            place: chosen if chosen != list(view.chosen) else None,
            "sort": order,
            "smallest": "true" if rising else None,
        },
    )


def _show_rows(site: Site, view: BoardView, table: Table, labels: Sequence[str]) -> None:
    columns = [view.columns[label] for label in labels]
    rows, count, start = table.rows, len(table.rows), 0
    if count > _PAGE:
        pages = range(0, count, _PAGE)
        start = st.selectbox(
            "Rows",
            pages,
            format_func=lambda first: f"{first + 1} to {min(first + _PAGE, count)} of {count}",
        )
        rows = rows[start : start + _PAGE]
    label = "Entries of the board with their scores; they can be downloaded as CSV below"

    def make() -> str:
        shown = shown_rows(rows, columns, partial(_link, table.by))
        return rows_markup(shown, columns, label) + key_markup(shown)

    # What most visitors see is made once for all of them.
    is_first = table is view.table and labels is view.chosen
    place = ("rows", *chosen_table().values(), table.by, start)
    st.html(site.once(place, make) if is_first else make())


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
