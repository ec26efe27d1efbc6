"""All samples of an edition, with what the entries made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import streamlit as st

from leaderboard.entries import BoardKey, make_row
from leaderboard.site.choices import entry_labels
from leaderboard.site.comparison_cells import comparable
from leaderboard.site.entry_videos import show_videos
from leaderboard.site.sample_list import (
    FIELDS,
    Order,
    Result,
    SampleFilter,
    SampleTile,
    order_samples,
    results_by_sample,
    sample_markup,
    samples_markup,
    solved_text,
    values_of,
)
from leaderboard.site.state import Site
from leaderboard.site.widgets import (
    choose_entries,
    choose_one,
    choose_table,
    show_address,
    show_table,
    tell_unknown,
)
from omiti2v.editions import Edition

TITLE = "Samples"
ORDER = 40
PER_PAGE = 12
MAX_WATCHED = 4


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
    key = choose_table(site)
    edition = site.samples(key)
    if edition is None:
        st.info(
            "These are published numbers: their samples are not on this board. Choose another "
            "edition above."
        )
        return
    results = site.once(("results", key), lambda: results_by_sample(edition, site.entries(key)))
    chosen, watched = _show_one(site, key, edition, results)
    wanted, order = _choose(edition, has_results=any(results.values()))
    found = order_samples([s for s in edition.samples if wanted.takes(s)], results, order)
    st.caption(f"{len(found)} of {len(edition.samples)} samples")
    if not found:
        st.info("No sample fits these filters. Remove one of them.")
        return
    pages = -(-len(found) // PER_PAGE)
    page = st.pagination(pages, key="page", bind="query-params") if pages > 1 else 1
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    cards = [
        SampleTile(
            sample, site.picture(edition, sample, width=360), solved_text(results[sample.id])
        )
        for sample in shown
    ]
    st.html(samples_markup(cards))
    show_address(
        {
            "sample": chosen,
            "watch": watched,
            "find": wanted.words,
            **wanted.fields,
            "order": order,
            "page": str(page),
        }
    )


def _choose(edition: Edition, *, has_results: bool) -> tuple[SampleFilter, Order]:
    chosen = any(st.query_params.get(name) for name in ("find", *FIELDS, "order"))
    with st.expander("Filter, search and order", expanded=chosen):
        words = st.text_input("Words in the prompt or a question", key="find", bind="query-params")
        columns = st.columns(3)
        picked = {}
        for index, (name, title) in enumerate(FIELDS.items()):
            values = values_of(edition, name)
            tell_unknown(name, values)
            picked[name] = columns[index % 3].multiselect(
                title, values, key=name, bind="query-params"
            )
        order: Order = choose_one(
            "Order",
            get_args(Order) if has_results else ("id",),
            help="Hardest: fewest entries with every question right.",
            key="order",
            place=columns[2],
        )
    return SampleFilter(words, picked), order


def _show_one(
    site: Site,
    key: BoardKey,
    edition: Edition,
    results: Mapping[str, Sequence[Result]],
) -> tuple[str | None, list[str]]:
    """One sample in full, if one is chosen: its id, and whose videos are shown by their names."""
    chosen: str | None = choose_one(
        "One sample in full",
        list(edition.by_id),
        index=None,
        placeholder="Choose or type an id, as addition-001",
        key="sample",
    )
    if chosen is None:
        return None, []
    sample = edition.by_id[chosen]
    left, right = st.columns([3, 2])
    with left:
        st.html(sample_markup(sample, site.picture(edition, sample, width=900)))
    with right:
        rows = results[sample.id]
        if not rows:
            st.info("No entry of this table has been judged on it yet.")
            return chosen, []
        labels = site.once(
            ("labels", key),
            lambda: entry_labels([make_row(entry) for entry in site.entries(key)]),
        )
        show_table(
            {
                "Entry": [labels[row.entry] for row in rows],
                "Outcome": [row.outcome for row in rows],
                "Right": [f"{row.right:.3g} of {row.asked}" for row in rows],
            },
            alt="What each entry made of this sample",
        )
        logged = {entry.id: labels[entry.id] for entry in comparable(site.entries(key))}
        watched = choose_entries(
            "Videos of",
            logged,
            key="watch",
            default=(),
            at_most=MAX_WATCHED,
            placeholder="Choose entries to see what they made of it",
        )
        if watched:
            show_videos(site, {entry_id: labels[entry_id] for entry_id in watched}, chosen)
    return chosen, [labels[entry_id] for entry_id in watched]
