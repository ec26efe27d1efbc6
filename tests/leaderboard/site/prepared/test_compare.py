"""Comparisons and the numbers of the data set, as the pages show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.site.opened import Site
from leaderboard.site.prepared.choices import table_choices
from leaderboard.site.prepared.compare import (
    comparable,
    flip_cells,
    overview_cells,
    score_cells,
)
from leaderboard.site.prepared.dataset import count_rows, review_rows
from omiti2v import load_edition
from omiti2v.comparison import Comparison, compare_runs
from omiti2v.dataset.stats import compute_stats


@pytest.fixture(scope="session")
def comparison(site: Site) -> Comparison:
    runs = [
        site.run(site.board.by_id[name]) for name in ("rendered/wan-base", "rendered/wan-alignvid")
    ]
    return compare_runs(*runs, missing="zero", common=True, resamples=500)


def test_only_entries_with_a_log_are_compared(site: Site) -> None:
    official = next(iter(table_choices(site.board)["official"].values()))
    assert comparable(site.entries(official)) == []


def test_differences_are_those_of_the_comparison(comparison: Comparison) -> None:
    cells = score_cells(comparison)
    at = cells["Score"].index("Accuracy")
    row = comparison.scores["accuracy"]
    assert row
    assert cells["Difference"][at] == pytest.approx(100 * row.difference)
    assert cells["A, %"][at] == pytest.approx(100 * row.a)
    assert cells["Says"][at] == "differs"


def test_the_overview_has_the_headline_family_alone(comparison: Comparison) -> None:
    cells = overview_cells({"Wan + AlignVid": comparison})
    assert cells["Score"] == ["Success", "Semantic average", "Negligence"]
    assert all(value is not None for value in cells["p, adjusted"])


def test_flips_are_listed_with_both_outcomes(comparison: Comparison) -> None:
    cells = flip_cells(comparison)
    assert comparison.success
    assert len(cells["Sample"]) == comparison.success.only_a + comparison.success.only_b
    assert set(cells["Change"]) <= {"gained", "lost"}


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
