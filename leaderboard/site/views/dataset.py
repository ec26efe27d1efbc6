"""What an edition consists of."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from leaderboard.report.text import percent, with_unit
from leaderboard.site.opened import Site
from leaderboard.site.prepared import charts
from leaderboard.site.prepared.chart_rows import ChartRow
from leaderboard.site.prepared.dataset import (
    HOW_TO_LOAD,
    count_rows,
    dimension_rows,
    review_rows,
)
from leaderboard.site.views.choosing import choose_edition
from omiti2v.dataset.figure import draw_figure
from omiti2v.dataset.stats import compute_stats
from omiti2v.editions import Edition

_TITLES = {
    "category": "Categories",
    "difficulty": "Difficulty",
    "image_type": "Image types",
    "domain": "Domains",
}


def show(site: Site) -> None:
    """The page."""
    st.title("Dataset")
    key = choose_edition(site)
    edition = site.samples(key)
    if edition is None:
        raise ValueError("an edition that can be chosen has samples")
    stats = site.once(("stats", edition.fingerprint), lambda: compute_stats(edition))
    for column, (label, number) in zip(
        st.columns(4),
        {
            "Samples": stats.samples,
            "Images": stats.images,
            "Questions": stats.questions,
            "Confirmed by people": stats.human_verified,
        }.items(),
        strict=True,
    ):
        column.metric(label, f"{number:,}" if number else "none yet")
    st.caption(f"Fingerprint {edition.fingerprint}")
    if edition.name == "open":
        st.markdown(
            "OmitI2V-Open has the form of the paper's benchmark and none of its samples: images "
            "are openly licensed, samples and questions are machine-made, and a question counts "
            "as confirmed only when a person has looked at it. Scores on the two editions can't "
            "be compared. Orange ticks are the published shares of OmitI2V."
        )
    charted = [
        (title, count_rows(stats.groups[kind], of=stats.samples), "samples")
        for kind, title in _TITLES.items()
    ]
    charted += [
        (f"Subcategories of {category}", count_rows(counts, of=stats.samples), "samples")
        for category, counts in stats.subcategories.items()
    ]
    charted.append(("Dimensions of the questions", dimension_rows(stats), "questions"))
    _show_charts(charted)
    st.subheader("Scores that need no looking")
    st.dataframe(
        pa.table(
            {
                "Who": [
                    *(f"frozen image, {row.name}" for row in (*stats.categories, stats.overall)),
                    *(f"a judge that always says {j.answer}" for j in stats.constant_judges),
                ],
                "Accuracy": [
                    *(_share(row.still_floor) for row in (*stats.categories, stats.overall)),
                    *(_share(judge.accuracy) for judge in stats.constant_judges),
                ],
            }
        ),
        hide_index=True,
        alt="Accuracy of a frozen image and of judges that always say the same",
    )
    _show_reviews(site, edition)
    st.subheader("Licences of the images")
    licences = stats.groups["licence"]
    st.dataframe(
        pa.table(
            {
                "Licence": [count.name or "not said" for count in licences],
                "Samples": [count.samples for count in licences],
            }
        ),
        hide_index=True,
        alt="Licences of the images with the number of samples",
    )
    st.caption("Author, source and changes of each image stand with its sample.")
    st.subheader("How to load it")
    if edition.name == "open":
        st.code(HOW_TO_LOAD, language="python")
    else:
        st.code("omiti2v score VIDEOS --edition FOLDER -o RUN", language="bash")
    st.download_button(
        "All of this as one picture (SVG)",
        lambda: draw_figure(stats),
        file_name="omiti2v-dataset.svg",
        mime="image/svg+xml",
        on_click="ignore",
    )


def _show_charts(charted: Sequence[tuple[str, list[ChartRow], str]]) -> None:
    columns = st.columns(2)
    for index, (title, rows, unit) in enumerate(charted):
        with columns[index % 2]:
            st.markdown(f"**{title}**")
            chart = charts.count_chart(rows, title=unit)
            st.altair_chart(chart, width="stretch", key=f"count {index}")


def _show_reviews(site: Site, edition: Edition) -> None:
    if edition.name != "open":
        return
    st.subheader("Blind reviews")
    rows = site.once(("reviews", edition.fingerprint), lambda: review_rows(edition))
    if not rows:
        st.info(
            "The raw answers of the reviews come with the source code: see "
            "annotations/reviews/agreement.md there."
        )
        return
    st.markdown(
        "Other runs of a vision-language model, which had not seen the annotation, answered every "
        "question. Machine reviews find unclear questions; they don't replace people."
    )
    st.dataframe(
        pa.Table.from_pylist(rows),
        hide_index=True,
        column_config={
            "Agree, %": st.column_config.NumberColumn(format="%.1f"),
            "Cohen's kappa": st.column_config.NumberColumn(format="%.3f"),
        },
        alt="Agreement of the blind reviews with the annotation",
    )


def _share(value: float | None) -> str:
    return "not known" if value is None else with_unit(percent(value))
