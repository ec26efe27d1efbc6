"""Entries against each other: paired differences, flipped samples, videos side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from leaderboard.entries import BoardKey, Entry
from leaderboard.entries.display_text import as_markdown
from leaderboard.report.page_videos import VIDEO_TYPES, video_data_uri
from leaderboard.site.chart_rows import BASELINE
from leaderboard.site.choices import entry_labels
from leaderboard.site.columns import figure_column
from leaderboard.site.comparison_cells import (
    NUMBERS,
    Cells,
    comparable,
    flip_cells,
    group_cells,
    overview_cells,
    score_cells,
)
from leaderboard.site.estimates import show_estimated_differences
from leaderboard.site.state import Site
from leaderboard.site.video_player import play_in_step
from leaderboard.site.widgets import choose_entries, choose_table, show_table
from omiti2v.comparison import Comparison, compare_runs
from omiti2v.comparison.words import family_in_words, verdicts_in_words
from omiti2v.definitions import FEW_MARK, FEW_NOTE
from omiti2v.errors import UserError
from omiti2v.number_format import p_equation
from omiti2v.ordinary_file import read_file
from omiti2v.takes import by_sample, sample_of, take_of

TITLE = "Compare"
ORDER = 30
MAX_OTHERS = 4
MAX_VIDEO_BYTES = 24 << 20
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
    first = st.selectbox(
        "A",
        list(labels),
        index=list(labels).index(baselines[0]) if baselines else 0,
        format_func=lambda entry_id: labels[entry_id],
        key="first",
    )
    rest = {entry_id: name for entry_id, name in labels.items() if entry_id != first}
    others = choose_entries(
        "B, one or more", rest, key="others", default=list(rest)[:1], at_most=MAX_OTHERS
    )
    if not others:
        st.info("Choose at least one entry to hold against A.")
        return
    with st.spinner("Comparing sample by sample ..."):
        found = {other: _compare(site, key, first, other) for other in others}
    for other, comparison in found.items():
        if comparison.judge_unavailable:
            st.warning(as_markdown(f"A against {labels[other]}: {comparison.judge_unavailable}"))
    st.subheader("The headline")
    named = {labels[other]: comparison for other, comparison in found.items()}
    _put(overview_cells(named), "headline differences")
    for words in dict.fromkeys(filter(None, map(family_in_words, found.values()))):
        st.caption(words)
    second = others[0]
    if len(others) > 1:
        second = st.selectbox(
            "In full: A against",
            others,
            format_func=lambda entry_id: labels[entry_id],
            key="second",
        )
    comparison = found[second]
    says = verdicts_in_words(comparison, a=labels[first], b=labels[second])
    if says:
        st.text("\n".join(f"{figure_column(name).label}: {words}." for name, words in says.items()))
    for note in comparison.notes:
        st.warning(as_markdown(note))
    st.subheader("Every score")
    _put(score_cells(comparison), "all scores")
    show_estimated_differences(comparison)
    with st.expander("By category and question dimension (p unadjusted, to explore)"):
        _put(group_cells(comparison), "groups")
    flipped = _show_flips(comparison)
    pair = {first: labels[first], second: labels[second]}
    _show_videos(site, pair, comparison, flipped)


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
    st.subheader("Samples that flipped")
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
    if comparison.flips:
        show_table(flip_cells(comparison), alt="Flipped samples")
    return [flip.sample_id for flip in comparison.flips]


def _show_videos(
    site: Site, pair: Mapping[str, str], comparison: Comparison, flipped: list[str]
) -> None:
    st.subheader("Side by side")
    videos = site.settings.videos
    if videos is None:
        st.info(
            "This server has no video files: boards keep logs, not videos. With the files in a "
            "folder as EDITION/ENTRY/SAMPLE.mp4, or EDITION/ENTRY/SAMPLE/SEED.mp4 where there are "
            "several takes, start it with --videos FOLDER."
        )
        return
    entries: list[Entry] = [site.board.by_id[entry_id] for entry_id in pair]
    known = [sample.id for sample in site.run(entries[0]).samples]
    samples = [*flipped, *(sample_id for sample_id in known if sample_id not in set(flipped))]
    chosen = st.selectbox("Sample (flipped ones first)", samples, key="watched")
    prompt = site.run(entries[0]).edition.by_id[chosen].prompt
    st.text(prompt)
    logged = {
        entry.id: by_sample(site.run(entry).with_video).get(chosen, [chosen]) for entry in entries
    }
    wanted = [(entry, video) for entry in entries for video in logged[entry.id]]
    found = [
        (f"{pair[entry.id]}{_seed(video)}", uri)
        for entry, video in wanted
        if (uri := video_uri(videos, entry, video))
    ]
    if len(found) < len(wanted):
        st.info(f"{len(found)} of {len(wanted)} videos of this sample are at hand.")
    if found:
        play_in_step(found, key=f"together {chosen} {' '.join(pair)}")


def _seed(video_id: str) -> str:
    take = take_of(video_id)
    return "" if take is None else f", seed {take}"


def video_uri(videos: Path | None, entry: Entry, video_id: str) -> str | None:
    """An entry's video as a `data:` URI; None where it is not at hand.

    Args:
        videos: Holds `<edition>/<entry>/<sample id>.mp4`, or `<sample id>/<seed>.mp4` there.
        entry: Whose.
        video_id: Which; see `omiti2v.takes`.
    """
    if videos is None:
        return None
    for suffix in VIDEO_TYPES:
        take = take_of(video_id)
        name = sample_of(video_id) if take is None else f"{sample_of(video_id)}/{take}"
        path = videos / entry.folder / entry.slug / f"{name}{suffix}"
        try:
            content = read_file(path, limit=MAX_VIDEO_BYTES, inside=videos)
        except UserError:
            continue
        if uri := video_data_uri(content, suffix):
            return uri
    return None
