"""The numbers of an edition, its licences, and what its blind reviews found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leaderboard.site.prepared.chart_rows import ChartRow
from omiti2v.dataset.load import PACKAGE, annotations_of
from omiti2v.dataset.stats import Count, EditionStats
from omiti2v.dataset.stats_tables import NOT_SAID
from omiti2v.editions import Edition
from omiti2v.reviews.rounds import FORMS, latest_of_current, measure, read_rounds

HOW_TO_LOAD = """from datasets import load_dataset  # in the root of the checkout, no network

samples = load_dataset("omiti2v", split="test")  # or: load_dataset("omiti2v", "deletion", ...)

from omiti2v import load_edition  # typed samples, without the datasets library

edition = load_edition("open")
"""


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
    rounds = read_rounds(annotations / "reviews")
    current, missing = latest_of_current(rounds, edition.samples)
    if missing:
        return []
    groups = {f"round {number}": reviewed for number, reviewed in rounds.items()}
    rows: list[dict[str, object]] = []
    for name, reviewed in (groups | {"questions as they now stand": current}).items():
        for form in FORMS:
            answers = [one for one in reviewed if one.form == form]
            if answers:
                found = measure(answers)
                rows.append(
                    {
                        "Answers": name,
                        "Reviewers saw": "the image alone"
                        if form == "reference"
                        else "image and prompt",
                        "Questions": found.questions,
                        "Agree, %": 100 * found.share,
                        "Unclear": found.unclear,
                        "Cohen's kappa": found.kappa,
                    }
                )
    return rows
