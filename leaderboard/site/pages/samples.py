"""All samples of an edition, with what the entries made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import streamlit as st

from leaderboard.entries import BoardKey, make_row
from leaderboard.site.choices import entry_labels
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
    thumbnail_uri,
    values_of,
)
from leaderboard.site.state import Site
from leaderboard.site.widgets import choose_table, show_table
from omiti2v.editions import Edition
from omiti2v.samples import Sample

TITLE = "Samples"
ORDER = 40
PER_PAGE = 12
_THUMBNAIL = 360
_LARGE = 900


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
    _show_one(site, key, edition, results)
    wanted, order = _choose(edition, has_results=any(results.values()))
    found = order_samples([s for s in edition.samples if wanted.takes(s)], results, order)
    st.caption(f"{len(found)} of {len(edition.samples)} samples")
    if not found:
        st.info("No sample fits these filters. Remove one of them.")
        return
    pages = -(-len(found) // PER_PAGE)
    page = st.pagination(pages, key="page") if pages > 1 else 1
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    cards = [
        SampleTile(
            sample, _picture(site, edition, sample, _THUMBNAIL), solved_text(results[sample.id])
        )
        for sample in shown
    ]
    st.html(samples_markup(cards))


def _choose(edition: Edition, *, has_results: bool) -> tuple[SampleFilter, Order]:
    with st.expander("Filter, search and order"):
        words = st.text_input("Words in the prompt or a question", key="sample words")
        columns = st.columns(3)
        picked = {
            name: columns[index % 3].multiselect(title, values_of(edition, name), key=name)
            for index, (name, title) in enumerate(FIELDS.items())
        }
        orders = get_args(Order) if has_results else ("id",)
        order: Order = columns[2].selectbox(
            "Order",
            orders,
            help="Hardest: fewest entries with every question right.",
            key="order",
        )
    return SampleFilter(words, picked), order


def _show_one(
    site: Site,
    key: BoardKey,
    edition: Edition,
    results: Mapping[str, Sequence[Result]],
) -> None:
    chosen = st.selectbox(
        "One sample in full",
        list(edition.by_id),
        index=None,
        placeholder="Choose or type an id, as addition-001",
        key="sample",
        bind="query-params",
    )
    if chosen is None:
        return
    sample = edition.by_id[chosen]
    left, right = st.columns([3, 2])
    with left:
        st.html(sample_markup(sample, _picture(site, edition, sample, _LARGE)))
    with right:
        rows = results[sample.id]
        if not rows:
            st.info("No entry of this table has been judged on it yet.")
            return
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


def _picture(site: Site, edition: Edition, sample: Sample, width: int) -> str | None:
    return site.once(
        ("picture", edition.fingerprint, sample.id, width),
        lambda: thumbnail_uri(edition, sample, width=width),
    )
