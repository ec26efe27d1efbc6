"""The tables of the report."""

from collections.abc import Callable

from leaderboard.report import build_page
from leaderboard.report.report_page import ReportPage
from omiti2v.definitions import FACET_TITLE, FACETS, SCORES
from omiti2v.runs import Run
from omiti2v.samples import Sample

MakeRun = Callable[..., Run]
Make = Callable[..., Sample]


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
    assert breakdowns[-1].columns == ("accuracy", "still_floor")
    assert breakdowns[0].note == "n counts samples."


def floors(page: ReportPage, kind: str, run: int = 0) -> dict[str, tuple[str, str, int]]:
    """The still floor of each group of questions, with its interval and n."""
    (breakdown,) = [one for one in page.breakdowns if one.kind == kind]
    assert breakdown.columns == ("accuracy", "still_floor")
    cells = {group: figures[run][1] for group, figures in breakdown.rows}
    return {
        group: (cell.value.replace("\u202f", " "), cell.interval, cell.n)
        for group, cell in cells.items()
        if cell
    }


def test_questions_of_a_group_have_their_still_floor(make_run: MakeRun) -> None:
    known = make_run()
    # What is there and gone is two edit questions; the lighthouse stays.
    expected = {"presence": ("0.0 %", "exact", 12), "scene": ("100.0 %", "exact", 12)}
    assert floors(build_page([known]), "dimension") == expected
    # Of what was left out there is none.
    dropped = floors(build_page([known], missing="drop"), "dimension")
    assert {n for _, _, n in dropped.values()} == {11}


def test_without_reference_answers_there_is_no_still_floor(
    make_run: MakeRun, make_kite: Make
) -> None:
    samples = [make_kite(index, roles=False) for index in range(12)]
    (breakdown,) = [
        one for one in build_page([make_run(samples=samples)]).breakdowns if one.kind == "dimension"
    ]
    assert breakdown.columns == ("accuracy",)
    assert "floor" not in breakdown.note


def test_facets_are_broken_down_by_kind_with_what_the_kinds_mean(
    make_run: MakeRun, make_faceted: Make
) -> None:
    page = build_page([make_run(samples=[make_faceted(index) for index in range(12)])])
    last = page.breakdowns[-1]
    assert (last.kind, last.title) == ("facet", FACET_TITLE)
    assert last.terms == tuple(FACETS.values())
    assert "n counts the samples" in last.note and SCORES["still_floor"].meaning in last.note
    assert floors(page, "facet") == {
        "identity": ("0.0 %", "exact", 12),
        "stays": ("100.0 %", "exact", 12),
    }
