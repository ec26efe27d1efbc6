"""The numbers of an edition and what its blind reviews found."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.site.pages.dataset import count_rows, review_rows
from omiti2v import load_edition
from omiti2v.dataset.load import PACKAGE, annotations_of
from omiti2v.dataset.stats import compute_stats
from omiti2v.reviews.rounds import measure, read_rounds, rounds_folder


def test_published_shares_become_numbers_of_samples() -> None:
    edition = load_edition("open")
    stats = compute_stats(edition)
    rows = count_rows(stats.groups["category"], of=stats.samples)
    assert sum(row["samples"] for row in rows) == len(edition.samples)
    assert rows[0]["published"] == pytest.approx(0.342 * len(edition.samples))


def test_review_numbers_come_from_the_raw_answers() -> None:
    rows = review_rows(load_edition("open"))
    first = rows[0]
    assert first["Answers"] == "round 1"
    annotations = annotations_of(PACKAGE)
    assert annotations
    answers = measure(
        [one for one in read_rounds(rounds_folder(annotations))[1] if one.form == "reference"]
    )
    assert (first["Questions"], first["Agree, %"]) == (answers.questions, 100 * answers.share)


def test_without_raw_answers_there_are_no_review_numbers(tmp_path: Path) -> None:
    assert review_rows(load_edition("open"), tmp_path) == []
