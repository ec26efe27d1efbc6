"""The tables of the report."""

from collections.abc import Callable

from leaderboard.report import build_page
from leaderboard.report.report_page import ReportPage
from omiti2v.runs import Run

MakeRun = Callable[..., Run]


def value(page: ReportPage, key: str, run: int = 0) -> str | None:
    """What the report shows as a score."""
    figure = next(row for row in page.scores if row.key == key).figures[run]
    return figure.value.replace("\u202f", " ") if figure else None


def test_success_and_accuracy_come_first_and_negligence_last(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    assert [row.key for row in page.scores] == [
        "success",
        "accuracy",
        "semantic_average",
        "edit_accuracy",
        "preserve_accuracy",
        "edit_success",
        "still_floor",
        "lift",
        "negligence",
        "soft-arithmetic",
        "soft-geometric",
    ]
    assert value(page, "success") == "25.0 %"
    # 3 x 3 right of 3, 4 x 2 of 3, 3 x 1 of 3; an error and a missing video: 20 of 36.
    assert value(page, "accuracy") == "55.6 %"
    assert value(page, "still_floor") == "33.3 %"
    assert value(page, "negligence") == "25.0 %"


def test_coverage_says_what_became_of_the_questions(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    shares = {row.key: row.figures[0].value for row in page.coverage if row.figures[0]}
    assert {key: text.replace("\u202f", " ") for key, text in shares.items()} == {
        "videos": "91.7 %",
        "answered": "80.6 %",
        "unknown": "2.8 %",
        "error": "8.3 %",
        "missing": "8.3 %",
    }


def test_a_metric_comes_with_its_unit_and_its_meaning(make_run: MakeRun) -> None:
    (row,) = build_page([make_run()]).metrics
    assert row.unit == "share of videos"
    assert row.definition.meaning == "Whether the video moves, by dense optical flow."


def test_groups_are_broken_down_by_category_first(make_run: MakeRun) -> None:
    breakdowns = build_page([make_run()]).breakdowns
    assert [breakdown.kind for breakdown in breakdowns] == [
        "category",
        "domain",
        "subcategory",
        "image_type",
        "dimension",
    ]
    assert breakdowns[0].columns == ("accuracy", "success", "negligence")
    assert [group for group, _ in breakdowns[0].rows] == ["addition", "deletion", "modification"]
    assert breakdowns[-1].columns == ("accuracy",)
