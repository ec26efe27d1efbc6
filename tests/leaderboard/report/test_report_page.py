from collections.abc import Callable

import pytest

from leaderboard.report import build_page
from leaderboard.report.report_page import ReportPage
from omiti2v.runs import Run

MakeRun = Callable[..., Run]


def value(page: ReportPage, key: str, run: int = 0) -> str | None:
    """What the report shows as a score."""
    figure = next(row for row in page.scores if row.key == key).figures[run]
    return figure.value.replace("\u202f", " ") if figure else None


def test_the_scores_are_those_of_the_runs_own_rule_unless_another_is_given(
    make_run: MakeRun,
) -> None:
    run = make_run(answers=[("yes", "no", "yes"), None])
    assert value(build_page([run]), "accuracy") == "50.0 %"
    assert value(build_page([run], missing="drop"), "accuracy") == "100.0 %"


def test_how_the_judge_was_asked_stands_beside_its_name(make_run: MakeRun) -> None:
    (row,) = (row for row in build_page([make_run()]).facts.main if row.label == "Judge")
    assert row.cells[0].startswith("qwen2.5-vl-7b fast · fast · ")


def test_what_needs_a_judge_is_not_available_without_one(make_run: MakeRun) -> None:
    page = build_page([make_run(judge=None)])
    assert value(page, "success") is None and value(page, "accuracy") is None
    assert page.outcomes == ((),)
    assert page.runs[0].judge == "no judge: metrics only"
    assert [row.key for row in page.coverage] == ["videos"]
    assert len(page.metrics) == 1


def test_what_needs_reference_answers_is_not_available_without_them(
    make_run: MakeRun, make_kite: Callable[..., object]
) -> None:
    samples = [make_kite(i, roles=False) for i in range(3)]
    page = build_page([make_run(samples=samples, answers=[("yes", "no", "yes")] * 3)])
    assert value(page, "accuracy") == "100.0 %"
    assert value(page, "success") is None and value(page, "lift") is None
    assert page.outcomes == ((),) and page.filters == ()
    assert page.cards[0].results[0].right == 3


def test_errors_are_apart_from_warnings(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    assert [row.finding.subject for row in page.errors] == ["kite-07.mp4"]
    assert [row.finding.subject for row in page.warnings] == [
        "kite-01.mp4",
        "kite-06.mp4",
        "kite-09.mp4",
    ]


def test_a_report_needs_a_run() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        build_page([])
