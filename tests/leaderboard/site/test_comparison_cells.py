"""Comparisons as the cells of tables."""

from __future__ import annotations

import pytest

from leaderboard.site.choices import table_choices
from leaderboard.site.comparison_cells import (
    CORRECTED,
    JUDGED,
    NUMBERS,
    comparable,
    difference_rows,
    flip_cells,
    overview_cells,
    score_cells,
    verdict_lines,
)
from leaderboard.site.state import Site
from omiti2v.comparison import Comparison, compare_runs
from omiti2v.estimation.differences import CorrectedDifferences, EstimatedDifference


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


def test_the_chart_s_rows_are_the_headline_s_differences(comparison: Comparison) -> None:
    rows = difference_rows({"Wan + AlignVid": comparison})
    assert [row["group"] for row in rows] == [
        *("Success", "Accuracy", "Semantic average", "Negligence (lower is better)")
    ]
    assert {row["entry"] for row in rows} == {JUDGED}
    assert rows[1]["value"] == pytest.approx(100 * comparison.headline["accuracy"].difference)
    two = difference_rows({"one": comparison, "two": comparison})
    assert {row["entry"] for row in two} == {"one", "two"}


@pytest.mark.parametrize(
    ("difference", "low", "high", "says"),
    [
        (0.2, 0.1, 0.3, "+20.0, +10.0 to +30.0, the same way"),
        (0.1, -0.1, 0.3, "+10.0, −10.0 to +30.0, which may be no difference"),
        (-0.2, -0.3, -0.1, "−20.0, −30.0 to −10.0, THE OTHER WAY ROUND"),
    ],
)
def test_a_verdict_says_what_is_left_of_it_once_the_judge_errs(
    comparison: Comparison, difference: float, low: float, high: float, says: str
) -> None:
    row = EstimatedDifference(a=0.4, b=0.6, difference=difference, low=low, high=high)
    corrected = CorrectedDifferences(
        ground="drawn", scenes=9, same_kind=True, scores={"accuracy": row}, refused={"success": "x"}
    )
    lines = verdict_lines(comparison.model_copy(update={"corrected": corrected}), a="A", b="B")
    assert lines[1] == (
        "Accuracy: B is 25.0 points higher than A; corrected for the judge's errors B − A is "
        f"{says}."
    )
    assert lines[0].endswith("not to be corrected for the judge's errors, see below.")
    assert "corrected" not in " ".join(verdict_lines(comparison, a="A", b="B"))
    rows = difference_rows({"B": comparison.model_copy(update={"corrected": corrected})})
    assert [r["value"] for r in rows if r["entry"] == CORRECTED] == [100 * difference]
