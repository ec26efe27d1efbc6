"""Charts of one edition and judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from leaderboard.entries import BoardKey
from leaderboard.entries.downloads import as_csv
from leaderboard.entries.table import Row, Table
from leaderboard.site import chart_rows as rows_of
from leaderboard.site import chart_specs
from leaderboard.site.choices import entry_labels
from leaderboard.site.columns import figure_column
from leaderboard.site.palette import SERIES
from leaderboard.site.state import Site
from leaderboard.site.widgets import (
    choose_entries,
    choose_one,
    choose_table,
    offer_download,
    show_address,
    show_chart,
    tell_unknown,
)
from omiti2v.definitions import GROUP_KINDS, SCORES

TITLE = "Charts"
ORDER = 20
MAX_ENTRIES = 25
MAX_COMPARED = len(SERIES)
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
    charts = _Charts(site, key, rows, labels)
    choices: dict[str, str | Sequence[str] | None] = {"charted": [labels[name] for name in chosen]}
    choices |= _show_trade_off(charts)
    choices |= _show_scores(charts, table)
    _show_outcomes(charts)
    choices |= _show_groups(charts)
    _show_distribution(charts)
    show_address(choices)


@dataclass(frozen=True)
class _Charts:
    """What the charts of a page are of.

    Attributes:
        site, key: The table.
        rows: The entries that are shown.
        labels: What entries are called, by id.
    """

    site: Site
    key: BoardKey
    rows: Sequence[Row]
    labels: Mapping[str, str]

    def put(
        self,
        chart: Callable[[], chart_specs.Drawing],
        data: Sequence[rows_of.ChartRow],
        *,
        name: str,
        of: str = "",
        below: Sequence[str] = (),
    ) -> None:
        """A chart with its files.

        Args:
            chart: Draws it.
            data: Its numbers.
            name: Of the chart, and of its files.
            of: What it shows of the entries.
            below: Lines that a picture of it needs.
        """
        ids = tuple(row.id for row in self.rows)
        show_chart(self.site, (name, of, self.key, ids), chart)
        with st.container(horizontal=True):
            _offer_files(chart, data, name=name, below=below)


def _show_trade_off(charts: _Charts) -> dict[str, str]:
    st.header("What following the prompt costs")
    rows = charts.rows
    names = {name for row in rows for name in row.figures}
    across = [name for name in _ACROSS if name in names]
    across += sorted(name for name in names if name.startswith("metric:") and name not in across)
    up = [name for name in _UP if name in names]
    if not across or not up:
        st.info("No entry here has both a score and a metric of its videos, so nothing to weigh.")
        return {}
    left, right = st.columns(2)
    x: str = choose_one("Across", across, names=_titles(across), key="across", place=left)
    y: str = choose_one("Up", up, names=_titles(up), key="up", place=right)
    points = rows_of.trade_off_rows(rows, charts.labels, x=x, y=y)
    arrows = rows_of.arrow_rows(rows, points)
    names_below = rows_of.numbered_names(points)
    charts.put(
        lambda: chart_specs.trade_off_chart(
            points, arrows, x=figure_column(x).label, y=f"{figure_column(y).label}, %"
        ),
        points,
        name="trade-off",
        of=f"{x} {y}",
        below=names_below,
    )
    st.text(" \N{MIDDLE DOT} ".join(names_below))
    meaning = "Up and to the right is better. Dashed: entries that no other beats in both."
    if arrows:
        meaning += (
            " Gray wedges lead from a baseline, where they are thin, to the method on the same "
            "backbone."
        )
    st.caption(meaning)
    return {"across": figure_column(x).label, "up": figure_column(y).label}


def _titles(names: Sequence[str]) -> dict[str, str]:
    return {name: figure_column(name).label for name in names}


def _show_scores(charts: _Charts, table: Table) -> dict[str, str]:
    st.header("Scores with their intervals")
    names = ["success", *SCORES, "negligence"]
    known = [name for name in names if any(name in row.figures for row in charts.rows)]
    if not known:
        st.info("No entry here has a score.")
        return {}
    name: str = choose_one(
        "Score",
        known,
        index=known.index(table.by) if table.by in known else 0,
        names=_titles(known),
        key="score",
    )
    points = rows_of.interval_rows(charts.rows, charts.labels, name)
    floor = table.floor if name == "accuracy" else None
    charts.put(
        lambda: chart_specs.interval_chart(
            points,
            title=f"{figure_column(name).label}, %",
            floor=100 * floor.value if floor else None,
        ),
        points,
        name="scores",
        of=name,
    )
    if all(point["low"] is None for point in points):
        st.caption("Published numbers come without intervals.")
    return {"score": figure_column(name).label}


def _show_outcomes(charts: _Charts) -> None:
    st.header("What became of the samples")
    shares = rows_of.outcome_rows(charts.rows, charts.labels)
    if not shares:
        st.info("Published numbers do not say what became of each sample. Logs do.")
        return
    charts.put(lambda: chart_specs.outcome_chart(shares), shares, name="outcomes")


def _show_groups(charts: _Charts) -> dict[str, str]:
    st.header("Where it goes well, and where not")
    kinds = [kind for kind in GROUP_KINDS if rows_of.group_names(charts.rows, kind)]
    if not kinds:
        st.info("No entry here has an accuracy by group.")
        return {}
    tell_unknown("group", [GROUP_KINDS[kind] for kind in kinds], what="kind of group")
    kind = st.segmented_control(
        "By",
        kinds,
        default=kinds[0],
        format_func=lambda kind: GROUP_KINDS[kind],
        required=True,
        key="group",
        bind="query-params",
    )
    few, rest = charts.rows[:MAX_COMPARED], charts.rows[MAX_COMPARED:]
    if rest:
        names = ", ".join(charts.labels[row.id] for row in rest)
        st.text(f"Not shown, for want of colors: {names}. Choose entries at the top.")
    accuracies = rows_of.group_rows(few, charts.labels, kind)
    charts.put(
        lambda: chart_specs.group_chart(accuracies, title=GROUP_KINDS[kind]),
        accuracies,
        name="groups",
        of=kind,
    )
    return {"group": GROUP_KINDS[kind]}


def _show_distribution(charts: _Charts) -> None:
    st.header("How many questions of a sample are right")
    edition = charts.site.samples(charts.key)
    entries = [charts.site.board.by_id[row.id] for row in charts.rows]
    shares = rows_of.distribution_rows(entries, charts.labels, edition) if edition else []
    if not shares:
        st.info("Needs logs: published numbers are averages alone.")
        return
    charts.put(lambda: chart_specs.distribution_chart(shares), shares, name="distribution")


def _offer_files(
    chart: Callable[[], chart_specs.Drawing],
    data: Sequence[rows_of.ChartRow],
    *,
    name: str,
    below: Sequence[str],
) -> None:
    def offer(
        label: str, suffix: str, mime: str, make: Callable[[], str | bytes], **more: Any
    ) -> None:
        key = f"{suffix} {name}"
        offer_download(label, make, f"{name}.{suffix}", mime, key=key, type="tertiary", **more)

    def draw(kind: Literal["png", "svg"]) -> bytes:
        return chart_specs.as_picture(chart(), kind, below=below)

    offer("Numbers (CSV)", "csv", "text/csv", lambda: as_csv(data[0], (r.values() for r in data)))
    if chart_specs.can_draw_pictures():
        offer("Picture (PNG)", "png", "image/png", lambda: draw("png"))
        offer("Picture (SVG)", "svg", "image/svg+xml", lambda: draw("svg"))
    offer(
        "Chart (Vega-Lite)",
        "vl.json",
        "application/json",
        lambda: chart_specs.as_vega_lite(chart()),
        help="Opens in the Vega editor.",
    )
