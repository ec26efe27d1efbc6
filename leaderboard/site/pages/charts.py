"""Charts of one edition and judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from leaderboard.entries import BoardKey
from leaderboard.entries.downloads import as_csv
from leaderboard.entries.table import Row, Table
from leaderboard.site import chart_rows as rows_of
from leaderboard.site import chart_specs
from leaderboard.site.choices import entry_labels
from leaderboard.site.columns import figure_column
from leaderboard.site.state import Site
from leaderboard.site.widgets import choose_entries, choose_table, offer_download
from omiti2v.definitions import GROUP_KINDS, SCORES

TITLE = "Charts"
ORDER = 20
MAX_ENTRIES = 25
MAX_COMPARED = 6
_ACROSS = ("metric:dynamic_degree", "metric:dynamic_degree_dis", "metric:aesthetic_quality")
_UP = ("semantic_average", "success", "accuracy")


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
    key = choose_table(site)
    table = site.table(key)
    labels = entry_labels(table.rows)
    chosen = choose_entries(
        f"Entries (none chosen: the first {MAX_ENTRIES})",
        labels,
        key="charted",
        default=(),
        at_most=MAX_ENTRIES,
    )
    rows = [row for row in table.rows if row.id in chosen] or list(table.rows[:MAX_ENTRIES])
    _show_trade_off(rows, labels)
    _show_scores(table, rows, labels)
    _show_outcomes(rows, labels)
    _show_groups(rows, labels)
    _show_distribution(site, key, rows, labels)


def _show_trade_off(rows: Sequence[Row], labels: Mapping[str, str]) -> None:
    st.subheader("What following the prompt costs")
    names = {name for row in rows for name in row.figures}
    across = [name for name in _ACROSS if name in names]
    across += sorted(name for name in names if name.startswith("metric:") and name not in across)
    up = [name for name in _UP if name in names]
    if not across or not up:
        st.info("No entry here has both a score and a metric of its videos, so nothing to weigh.")
        return
    left, right = st.columns(2)
    x = left.selectbox("Across", across, format_func=lambda name: figure_column(name).label)
    y = right.selectbox("Up", up, format_func=lambda name: figure_column(name).label)
    points = rows_of.trade_off_rows(rows, labels, x=x, y=y)
    arrows = rows_of.arrow_rows(rows, points)
    _put(
        chart_specs.trade_off_chart(
            points, arrows, x=figure_column(x).label, y=f"{figure_column(y).label}, %"
        ),
        points,
        name="trade-off",
    )
    st.caption(
        "Up and to the right is better. Dashed: entries that no other beats in both. Gray wedges "
        "lead from a baseline, where they are thin, to the method on the same backbone."
    )


def _show_scores(table: Table, rows: Sequence[Row], labels: Mapping[str, str]) -> None:
    st.subheader("Scores with their intervals")
    names = ["success", *SCORES, "negligence"]
    known = [name for name in names if any(name in row.figures for row in rows)]
    if not known:
        st.info("No entry here has a score.")
        return
    name = st.selectbox(
        "Score",
        known,
        index=known.index(table.by) if table.by in known else 0,
        format_func=lambda name: figure_column(name).label,
    )
    points = rows_of.interval_rows(rows, labels, name)
    floor = table.floor if name == "accuracy" else None
    _put(
        chart_specs.interval_chart(
            points,
            title=f"{figure_column(name).label}, %",
            floor=100 * floor.value if floor else None,
        ),
        points,
        name="scores",
    )
    if all(point["low"] is None for point in points):
        st.caption("Published numbers come without intervals.")


def _show_outcomes(rows: Sequence[Row], labels: Mapping[str, str]) -> None:
    st.subheader("What became of the samples")
    shares = rows_of.outcome_rows(rows, labels)
    if not shares:
        st.info("Published numbers do not say what became of each sample. Logs do.")
        return
    _put(chart_specs.outcome_chart(shares), shares, name="outcomes")


def _show_groups(rows: Sequence[Row], labels: Mapping[str, str]) -> None:
    st.subheader("Where it goes well, and where not")
    kinds = [kind for kind in GROUP_KINDS if rows_of.group_names(rows, kind)]
    if not kinds:
        st.info("No entry here has an accuracy by group.")
        return
    kind = st.segmented_control(
        "By", kinds, default=kinds[0], format_func=lambda kind: GROUP_KINDS[kind], required=True
    )
    few = rows[:MAX_COMPARED]
    accuracies = rows_of.group_rows(few, labels, kind)
    _put(chart_specs.group_chart(accuracies, title=GROUP_KINDS[kind]), accuracies, name=kind)
    if len(rows) > len(few):
        st.caption(f"The first {MAX_COMPARED} of {len(rows)}; choose others at the top.")


def _show_distribution(
    site: Site, key: BoardKey, rows: Sequence[Row], labels: Mapping[str, str]
) -> None:
    st.subheader("How many questions of a sample are right")
    edition = site.samples(key)
    entries = [site.board.by_id[row.id] for row in rows]
    shares = rows_of.distribution_rows(entries, labels, edition) if edition else []
    if not shares:
        st.info("Needs logs: published numbers are averages alone.")
        return
    _put(chart_specs.distribution_chart(shares), shares, name="distribution")


def _put(chart: chart_specs.Drawing, rows: Sequence[rows_of.ChartRow], *, name: str) -> None:
    st.altair_chart(chart, width="stretch", key=f"chart {name}")
    with st.container(horizontal=True):

        def offer(
            label: str, suffix: str, mime: str, make: Callable[[], str | bytes], **more: Any
        ) -> None:
            key = f"{suffix} {name}"
            offer_download(label, make, f"{name}.{suffix}", mime, key=key, type="tertiary", **more)

        offer(
            "Numbers (CSV)",
            "csv",
            "text/csv",
            lambda: as_csv(rows[0], (row.values() for row in rows)),
        )
        if chart_specs.can_draw_pictures():
            draw = partial(chart_specs.as_picture, chart)
            offer("Picture (PNG)", "png", "image/png", partial(draw, "png"))
            offer("Picture (SVG)", "svg", "image/svg+xml", partial(draw, "svg"))
        offer(
            "Chart (Vega-Lite)",
            "vl.json",
            "application/json",
            partial(chart_specs.as_vega_lite, chart),
            help="Opens in the Vega editor.",
        )
