"""A whole comparison by plan with the tiny Wan and the tiny judge, killed and resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.planned_comparison import CourseOfPlan, compare_by_plan, tables
from lab.tables import fill
from omiti2v.records import read_record

DOCS = Path(__file__).parents[2] / "docs" / "statistics"


@pytest.mark.slow
def test_a_comparison_by_plan_survives_kills(tmp_path: Path) -> None:
    def compare() -> CourseOfPlan:
        planning = ["--effect", 40, "--looks", 2, "--spread", 34]
        return compare_by_plan(tmp_path, scenes=30, seed=61_000_000, planning=planning)

    course = compare()
    assert course.again
    assert course.result.decision != "go_on"
    looks = course.result.looks
    for row in course.steps:
        assert row.killed_at is None or row.killed_at < row.after
        if row.command == "generate":
            assert row.after == looks[row.look - 1].samples
    # Nothing was made or asked twice.
    for name in "AB":
        for log in (f"videos/{name}/provenance.jsonl", f"runs/{name}/videos.jsonl"):
            assert len((tmp_path / log).read_text().splitlines()) == looks[-1].samples
    assert compare() == course


def test_the_page_has_the_tables_of_the_course() -> None:
    page = (DOCS / "plans.md").read_text(encoding="utf-8")
    assert fill(page, tables(read_record(DOCS / "course.json", CourseOfPlan))) == page
