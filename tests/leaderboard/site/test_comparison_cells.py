"""Comparisons as the cells of tables."""

from __future__ import annotations

import pytest

from leaderboard.site.choices import table_choices
from leaderboard.site.comparison_cells import (
    NUMBERS,
    comparable,
    flip_cells,
    overview_cells,
    score_cells,
)
from leaderboard.site.state import Site
from omiti2v.comparison import Comparison, compare_runs


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
    (found,) = [row for row in cells if row["Score"] == "Accuracy"]
    row = comparison.scores["accuracy"]
    assert row
    assert found["Difference"] == pytest.approx(100 * row.difference)
    assert found["A, %"] == pytest.approx(100 * row.a)
    assert found["Says"] == "B is 25.0 points higher than A"
    assert str(found["95 % interval"]).endswith(" †")
    assert NUMBERS["Difference"](found["Difference"]) == "+25.0"  # type: ignore[arg-type]


def test_the_overview_has_the_headline_family_alone(comparison: Comparison) -> None:
    cells = overview_cells({"Wan + AlignVid": comparison})
    assert [row["Score"] for row in cells] == [
        *("Success", "Accuracy", "Semantic average", "Negligence")
    ]
    assert all(row["p in family"] is not None for row in cells)


def test_only_the_family_has_verdicts(comparison: Comparison) -> None:
    cells = score_cells(comparison)
    assert [row["Score"] for row in cells if row["Says"]] == [
        *("Success", "Accuracy", "Semantic average", "Negligence")
    ]
    assert all((row["Says"] is None) == (row["p in family"] is None) for row in cells)


def test_flips_are_listed_with_both_outcomes(comparison: Comparison) -> None:
    cells = flip_cells(comparison)
    assert comparison.success
    assert len(cells) == comparison.success.only_a + comparison.success.only_b
    assert {row["Change"] for row in cells} <= {"gained", "lost"}
