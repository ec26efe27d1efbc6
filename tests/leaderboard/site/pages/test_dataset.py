"""The numbers of an edition and what its blind reviews found."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.site.pages.dataset import count_rows, review_rows
from omiti2v import load_edition
from omiti2v.dataset.stats import compute_stats


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
    assert first["Questions"] == 1612
    assert first["Agree, %"] == pytest.approx(99.8, abs=0.1)


def test_without_raw_answers_there_are_no_review_numbers(tmp_path: Path) -> None:
    assert review_rows(load_edition("open"), tmp_path) == []
