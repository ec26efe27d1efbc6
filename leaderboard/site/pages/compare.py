"""Entries against each other: paired differences, flipped samples, videos side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from leaderboard.entries import BoardKey
from leaderboard.entries.display_text import as_markdown
from leaderboard.site import chart_specs
from leaderboard.site.chart_rows import BASELINE
from leaderboard.site.choices import entry_labels
from leaderboard.site.comparison_cells import (
    NUMBERS,
    Cells,
    comparable,
    difference_rows,
    flip_cells,
    group_cells,
    overview_cells,
    score_cells,
    verdict_lines,
)
from leaderboard.site.entry_videos import show_videos
from leaderboard.site.estimates import show_estimated_differences
from leaderboard.site.state import Site
from leaderboard.site.widgets import (
    choose_entries,
    choose_one,
    choose_table,
    show_address,
    show_chart,
    show_table,
)
from omiti2v.comparison import Comparison, compare_runs
from omiti2v.comparison.words import family_in_words
from omiti2v.definitions import FEW_MARK, FEW_NOTE
from omiti2v.number_format import p_equation

TITLE = "Compare"
ORDER = 30
MAX_OTHERS = 4
_COLUMNS = {
    "Difference": st.column_config.NumberColumn(help="B less A, in percentage points"),
    "B": st.column_config.TextColumn(width=190),
    "Says": st.column_config.TextColumn(width=190),
    "95 % interval": st.column_config.TextColumn(alignment="right"),
    "p": st.column_config.NumberColumn(help="Paired permutation test alone, two-sided"),
    "p in family": st.column_config.NumberColumn(help="Adjusted over all tests of its family"),
    "Detectable": st.column_config.NumberColumn(
        help="The true difference that a single comparison of this size finds in 80 % of cases"
    ),
}


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
    key = choose_table(site)
    entries = comparable(site.entries(key))
    if len(entries) < 2:
        st.info(
            "Comparing needs two entries with a log of answers about the same samples by the same "
            "judge; this table has fewer. Published numbers can't be compared sample by sample."
        )
        return
    known = {entry.id for entry in entries}
    rows = [row for row in site.table(key).rows if row.id in known]
    labels = entry_labels(rows)
    baselines = [row.id for row in rows if row.method.casefold() == BASELINE]
    first = choose_one(
        "Entry A",
        list(labels),
        index=list(labels).index(baselines[0]) if baselines else 0,
        names=labels,
        key="first",
    )
    rest = {entry_id: name for entry_id, name in labels.items() if entry_id != first}
    others = choose_entries(
        "Entry B, one or more", rest, key="others", default=list(rest)[:1], at_most=MAX_OTHERS
    )
    if not others:
        st.info("Choose at least one entry to hold against A.")
        return
    with st.spinner("Comparing sample by sample ..."):
        found = {other: _compare(site, key, first, other) for other in others}
    for other, comparison in found.items():
        if comparison.judge_unavailable:
            st.warning(as_markdown(f"A against {labels[other]}: {comparison.judge_unavailable}"))
    named = {labels[other]: comparison for other, comparison in found.items()}
    st.header("The headline")
    for other, comparison in named.items():
        if lines := verdict_lines(comparison, a=labels[first], b=other):
            st.text("\n".join(lines))
    if rows_of_chart := difference_rows(named):
        show_chart(
            site,
            ("differences", key, first, *others),
            lambda: chart_specs.difference_chart(rows_of_chart),
        )
    _put(overview_cells(named), "headline differences")
    for words in dict.fromkeys(filter(None, map(family_in_words, found.values()))):
        st.caption(words)
    if all(comparison.corrected is None for comparison in found.values()):
        st.caption(
            "Not corrected for the judge's errors: this board has no measurement of them that fits."
        )
    second = others[0]
    if len(others) > 1:
        second = choose_one("In full: A against", others, names=labels, key="second")
    comparison = found[second]
    for note in comparison.notes:
        st.warning(as_markdown(note))
    st.header("Every score")
    _put(score_cells(comparison), "all scores")
    show_estimated_differences(comparison)
    with st.expander("By category and question dimension (p unadjusted, to explore)"):
        _put(group_cells(comparison), "groups")
    flipped = _show_flips(comparison)
    watched = _show_videos(site, key, {name: labels[name] for name in (first, second)}, flipped)
    show_address(
        {
            "first": labels[first],
            "others": [labels[other] for other in others],
            "second": labels[second] if len(others) > 1 else None,
            "watched": watched,
        }
    )


def _compare(site: Site, key: BoardKey, first: str, other: str) -> Comparison:
    def make() -> Comparison:
        entries = [site.board.by_id[entry_id] for entry_id in (first, other)]
        one, two = (site.anchors(entry) for entry in entries)
        return compare_runs(
            *(site.run(entry) for entry in entries),
            missing="zero",
            common=True,
            equal_seeds=False,
            calibration=site.calibration(key),
            family=site.family(key).pair(first, other),
            anchors=(one, two) if one and two else None,
        )

    return site.once(("comparison", key, first, other), make)


def _put(cells: Cells, what: str) -> None:
    if not cells:
        st.info("Nothing to compare here.")
        return
    show_table(cells, column_config=_COLUMNS, numbers=NUMBERS, placeholder="–", alt=what)
    if any(FEW_MARK in str(row["95 % interval"]) for row in cells):
        st.caption(f"{FEW_NOTE}.")


def _show_flips(comparison: Comparison) -> list[str]:
    st.header("Samples that flipped")
    table = comparison.success
    if table is None:
        why = "this edition does not say what the untouched image shows"
        if comparison.judge_unavailable:
            why = "the answers of a judge make no score"
        st.info(f"No flips: {why}.")
        return []
    st.caption(
        f"All right in both {table.both}, only in A {table.only_a}, only in B "
        f"{table.only_b}, in neither {table.neither}; McNemar's exact test: "
        f"{p_equation(table.p_value)}."
    )
    ids = [flip.sample_id for flip in comparison.flips]

    def watch() -> None:
        rows = st.session_state["flips"]["selection"]["rows"]
        if rows and rows[0] < len(ids):
            st.session_state["watched"] = ids[rows[0]]

    if ids:
        show_table(
            flip_cells(comparison),
            alt="Flipped samples; a ticked one is shown below",
            key="flips",
            on_select=watch,
            selection_mode="single-row",
        )
    return ids


def _show_videos(site: Site, key: BoardKey, pair: Mapping[str, str], flipped: Sequence[str]) -> str:
    """A sample with its image and both videos; the sample that is shown."""
    st.header("Side by side")
    first = next(iter(pair))
    run = site.run(site.board.by_id[first])
    ids = [sample.id for sample in run.samples]
    samples = [*flipped, *(sample_id for sample_id in ids if sample_id not in set(flipped))]
    chosen: str = choose_one("Sample (flipped ones first)", samples, key="watched")
    sample = run.edition.by_id[chosen]
    left, right = st.columns([1, 3])
    edition = site.samples(key)
    if edition and (picture := site.picture(edition, sample, width=900)):
        left.image(
            picture,
            caption="The image that both were made from",
            alt=sample.caption_before or f"Reference image of {sample.id}",
        )
    else:
        left.caption(
            "The image is not at hand. Whoever runs this server can start it with --edition FOLDER."
        )
    with right:
        st.text(sample.prompt)
        show_videos(site, pair, chosen)
    return chosen
