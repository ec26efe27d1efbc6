"""Entries against each other: paired differences, flipped samples, videos side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from leaderboard.entries import BoardKey, Entry
from leaderboard.entries.display_text import as_markdown
from leaderboard.report.differences import p_text
from leaderboard.report.page_videos import VIDEO_TYPES, video_data_uri
from leaderboard.site.chart_rows import BASELINE
from leaderboard.site.choices import entry_labels
from leaderboard.site.comparison_cells import (
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
from omiti2v.dataset.image_files import read_ordinary_file
from omiti2v.errors import UserError

TITLE = "Compare"
ORDER = 30
MAX_OTHERS = 4
MAX_VIDEO_BYTES = 24 << 20
_NUMBERS = {
    **{
        name: st.column_config.NumberColumn(format="%.1f")
        for name in ("A, %", "B, %", "Detectable")
    },
    "Difference": st.column_config.NumberColumn(format="%+.1f", help="B less A"),
    "B": st.column_config.TextColumn(width=190),
    "p": st.column_config.NumberColumn(format="%.4f", help="Paired permutation test, two-sided"),
    "p, adjusted": st.column_config.NumberColumn(
        format="%.4f", help="By Holm over success, semantic average and negligence"
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
    st.caption(
        "Bootstrap over samples and permutation test, both paired. Detectable: the true difference "
        "that a comparison of this size finds in 80 % of cases."
    )
    second = others[0]
    if len(others) > 1:
        second = st.selectbox(
            "In full: A against",
            others,
            format_func=lambda entry_id: labels[entry_id],
            key="second",
        )
    comparison = found[second]
    for note in comparison.notes:
        st.warning(as_markdown(note))
    _show_judge_error(comparison)
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
            calibration=site.calibration(key),
            anchors=(one, two) if one and two else None,
        )

    return site.once(("comparison", key, first, other), make)


def _put(cells: Cells, what: str) -> None:
    if not cells:
        st.info("Nothing to compare here.")
        return
    show_table(cells, column_config=_NUMBERS, placeholder="–", alt=what)


def _show_judge_error(comparison: Comparison) -> None:
    error = comparison.judge_error
    if error is None:
        st.caption("What the judge's own errors could make is not known on this board.")
        return
    st.caption(
        f"The judge's measured errors alone could give a lead of up to {100 * error.limit:.1f} "
        "points to an entry that is no better."
    )


def _show_flips(comparison: Comparison) -> list[str]:
    st.subheader("Samples that flipped")
    table = comparison.success
    if table is None:
        why = "this edition does not say what the untouched image shows"
        if comparison.judge_unavailable:
            why = "the answers of a judge make no score"
        st.info(f"No flips: {why}.")
        return []
    p_value = p_text(table.p_value)
    sign = "" if p_value.startswith("<") else "= "
    st.caption(
        f"All right in both {table.both}, only in A {table.only_a}, only in B "
        f"{table.only_b}, in neither {table.neither}; McNemar's exact test: "
        f"p {sign}{p_value}."
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
            "folder as EDITION/ENTRY/SAMPLE.mp4, start it with --videos FOLDER."
        )
        return
    entries: list[Entry] = [site.board.by_id[entry_id] for entry_id in pair]
    known = [sample.id for sample in site.run(entries[0]).samples]
    samples = [*flipped, *(sample_id for sample_id in known if sample_id not in set(flipped))]
    chosen = st.selectbox("Sample (flipped ones first)", samples, key="watched")
    prompt = site.run(entries[0]).edition.by_id[chosen].prompt
    st.text(prompt)
    found = [
        (pair[entry.id], uri) for entry in entries if (uri := video_uri(videos, entry, chosen))
    ]
    if len(found) < len(entries):
        st.info(f"{len(found)} of {len(entries)} videos of this sample are at hand.")
    if found:
        play_in_step(found, key=f"together {chosen} {' '.join(pair)}")


def video_uri(videos: Path | None, entry: Entry, sample_id: str) -> str | None:
    """An entry's video of a sample as a `data:` URI; None where it is not at hand.

    Args:
        videos: Holds `<edition>/<entry>/<sample id>.mp4`.
        entry: Whose.
        sample_id: Of which sample.
    """
    if videos is None:
        return None
    for suffix in VIDEO_TYPES:
        path = videos / entry.folder / entry.slug / f"{sample_id}{suffix}"
        try:
            content = read_ordinary_file(path, inside=videos, limit=MAX_VIDEO_BYTES)
        except UserError:
            continue
        if uri := video_data_uri(content, suffix):
            return uri
    return None
