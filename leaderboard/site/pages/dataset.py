"""What an edition consists of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from leaderboard.review.summary_rows import FORM_NAMES
from leaderboard.site import chart_specs
from leaderboard.site.chart_rows import ChartRow
from leaderboard.site.state import Site
from leaderboard.site.widgets import (
    choose_edition,
    offer_download,
    show_address,
    show_chart,
    show_table,
)
from omiti2v.dataset.figure import draw_figure
from omiti2v.dataset.load import PACKAGE, annotations_of
from omiti2v.dataset.stats import Count, EditionStats, compute_stats
from omiti2v.dataset.stats_tables import NOT_SAID
from omiti2v.definitions import FACET_TITLE
from omiti2v.edition_versions import old_version_note, version_of
from omiti2v.editions import Edition
from omiti2v.number_format import fixed, percent, plain_number, with_unit
from omiti2v.reviews.rounds import FORMS, latest_of_current, measure, read_rounds, rounds_folder

TITLE = "Dataset"
ORDER = 50

HOW_TO_LOAD = """from datasets import load_dataset  # in the root of the checkout, no network

samples = load_dataset("omiti2v", split="test")  # or: load_dataset("omiti2v", "deletion", ...)

from omiti2v import load_edition  # typed samples, without the datasets library

edition = load_edition("open")
"""

_GROUPS = {
    "category": "Categories",
    "difficulty": "Difficulty",
    "image_type": "Image types",
    "domain": "Domains",
    "people": "People in the pictures",
    "edits": "Edits in a prompt",
}


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
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
    known = version_of(edition.fingerprint)
    version = f"Version {known.version} of {known.released} · " if known else ""
    st.caption(f"{version}Fingerprint {edition.fingerprint}")
    if old := old_version_note(edition.fingerprint):
        st.info(f"Scores here are {old}.")
    if edition.name == "open":
        st.markdown(
            "OmitI2V-Open has the form of the paper's benchmark and none of its samples: images "
            "are openly licensed, samples and questions are machine-made, and a question counts "
            "as confirmed only when a person has looked at it. Scores on the two editions can't "
            "be compared."
        )
    charted = [
        (title, count_rows(stats.groups[kind], of=stats.samples), "samples")
        for kind, title in _GROUPS.items()
        if any(count.name for count in stats.groups[kind])
    ]
    charted += [
        (f"Subcategories of {category}", count_rows(counts, of=stats.samples), "samples")
        for category, counts in stats.subcategories.items()
    ]
    charted.append(("Dimensions of the questions", dimension_rows(stats), "questions"))
    if stats.facets:
        charted.append((FACET_TITLE, facet_rows(stats), "facets"))
    _show_charts(site, edition, charted)
    st.header("Scores that need no looking")
    show_table(
        [
            *(
                {"Who": f"frozen image, {row.name}", "Accuracy": _share(row.still_floor)}
                for row in (*stats.categories, stats.overall)
            ),
            *(
                {"Who": f"a judge that always says {j.answer}", "Accuracy": _share(j.accuracy)}
                for j in stats.constant_judges
            ),
        ],
        alt="Accuracy of a frozen image and of judges that always say the same",
    )
    _show_reviews(site, edition)
    st.header("Licenses of the images")
    show_table(
        [
            {"License": count.name or "not said", "Samples": count.samples}
            for count in stats.groups["licence"]
        ],
        alt="Licenses of the images with the number of samples",
    )
    st.caption("Author, source and changes of each image stand with its sample.")
    st.header("How to load it")
    if edition.name == "open":
        st.code(HOW_TO_LOAD, language="python", wrap_lines=True)
    else:
        st.code("omiti2v score VIDEOS --edition FOLDER -o RUN", language="bash", wrap_lines=True)
    offer_download(
        "All of this as one picture (SVG)",
        lambda: draw_figure(stats),
        "dataset.svg",
        "image/svg+xml",
    )
    show_address({})


def _show_charts(
    site: Site, edition: Edition, charted: Sequence[tuple[str, list[ChartRow], str]]
) -> None:
    columns = st.columns(2)
    for index, (title, rows, unit) in enumerate(charted):
        with columns[index % 2]:
            st.markdown(f"**{title}**")
            show_chart(
                site,
                (f"count {index}", edition.fingerprint),
                partial(chart_specs.count_chart, rows, title=unit),
            )


def _show_reviews(site: Site, edition: Edition) -> None:
    if edition.name != "open":
        return
    st.header("Blind reviews")
    rows = site.once(("reviews", edition.fingerprint), lambda: review_rows(edition))
    if not rows:
        st.info(
            "The raw answers of the reviews come with the source code: see "
            "annotations/reviews/ there."
        )
        return
    st.markdown(
        "Other runs of a vision-language model, which had not seen the annotation, answered every "
        "question. Machine reviews find unclear questions; they don't replace people."
    )
    show_table(
        rows,
        numbers={"Agree, %": partial(fixed, decimals=1), "Cohen's kappa": plain_number},
        alt="Agreement of the blind reviews with the annotation",
    )


def _share(value: float | None) -> str:
    return "not known" if value is None else with_unit(percent(value))


def count_rows(counts: Sequence[Count], *, of: int) -> list[ChartRow]:
    """Counts as the rows of a chart; `published` is the authors' share of `of` samples."""
    return [
        {
            "name": count.name or NOT_SAID,
            "samples": count.samples,
            "published": None if count.published is None else count.published * of,
        }
        for count in counts
    ]


def facet_rows(stats: EditionStats) -> list[ChartRow]:
    """Facets by kind."""
    return [{"name": row.kind, "samples": row.facets, "published": None} for row in stats.facets]


def dimension_rows(stats: EditionStats) -> list[ChartRow]:
    """Questions by dimension, most frequent first."""
    return [
        {"name": row.name.replace("_", " "), "samples": row.questions, "published": None}
        for row in stats.dimensions
    ]


def review_rows(edition: Edition, annotations: Path | None = None) -> list[dict[str, object]]:
    """Agreement of the blind reviews with the annotation, from their raw answers.

    Args:
        edition: Its current questions.
        annotations: Where `reviews/` lies; that of a checkout where None.

    Returns:
        A row for each round and form, then one a form for the questions as they now stand; none
        where the raw answers are not at hand.
    """
    annotations = annotations or annotations_of(PACKAGE)
    if annotations is None or not (annotations / "reviews").is_dir():
        return []
    rounds = read_rounds(rounds_folder(annotations))
    current, missing = latest_of_current(rounds, edition.samples)
    if missing:
        return []
    groups = {f"round {number}": reviewed for number, reviewed in rounds.items()}
    rows: list[dict[str, object]] = []
    for name, reviewed in (groups | {"questions as they now stand": current}).items():
        for form in FORMS:
            answers = [one for one in reviewed if one.form == form]
            if not answers:
                continue
            found = measure(answers)
            rows.append(
                {
                    "Answers": name,
                    "Reviewers saw": FORM_NAMES[form],
                    "Questions": found.questions,
                    "Agree, %": 100 * found.share,
                    "Unclear": found.unclear,
                    "Cohen's kappa": found.kappa,
                }
            )
    return rows
