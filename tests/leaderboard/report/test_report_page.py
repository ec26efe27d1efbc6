from collections.abc import Callable, Sequence

import pytest

from leaderboard.report import build_page
from leaderboard.report.report_page import ReportPage
from omiti2v.errors import UserError
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
    ]
    assert value(page, "success") == "25.0 %"
    # 3 x 3 right of 3, 4 x 2 of 3, 3 x 1 of 3; an error and a missing video: 20 of 36.
    assert value(page, "accuracy") == "55.6 %"
    assert value(page, "still_floor") == "33.3 %"
    assert value(page, "negligence") == "25.0 %"


def test_the_scores_are_those_of_the_runs_own_rule_unless_another_is_given(
    make_run: MakeRun,
) -> None:
    run = make_run(answers=[("yes", "no", "yes"), None])
    assert value(build_page([run]), "accuracy") == "50.0 %"
    assert value(build_page([run], missing="drop"), "accuracy") == "100.0 %"


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


def test_errors_are_apart_from_warnings(make_run: MakeRun) -> None:
    page = build_page([make_run()])
    assert [row.finding.subject for row in page.errors] == ["kite-07.mp4"]
    assert [row.finding.subject for row in page.warnings] == [
        "kite-01.mp4",
        "kite-06.mp4",
        "kite-09.mp4",
    ]


def notices(*runs: Run) -> Sequence[str]:
    return [notice.replace("\u202f", " ") for notice in build_page(runs).notices]


def test_a_complete_run_needs_no_notice(make_run: MakeRun) -> None:
    assert notices(make_run(answers=[("yes", "no", "yes")] * 3)) == []


def test_a_run_with_too_few_videos_is_called_not_rankable(make_run: MakeRun) -> None:
    assert notices(make_run()) == [
        "This run: not rankable: 1 of 12 samples has no video (coverage 91.7 %, a board asks for "
        "99 %)."
    ]


def test_a_run_of_a_part_of_the_edition_says_so(make_run: MakeRun) -> None:
    run = make_run(answers=[("yes", "no", "yes"), None], sample_ids=("kite-00",))
    assert notices(run) == [
        "This run: limited to 1 of the edition's 2 samples; its scores are about these alone."
    ]


def test_runs_of_different_judges_carry_a_warning(make_run: MakeRun) -> None:
    rows = [("yes", "no", "yes")] * 3
    first = make_run(answers=rows, judge="one")
    second = make_run(answers=rows, judge="two", folder="second")
    third = make_run(answers=rows, judge="one", folder="third")
    assert notices(first, third) == []
    (notice,) = notices(first, second)
    assert notice.endswith("The numbers of different judges are not comparable.")


def test_runs_over_different_samples_carry_a_warning(make_run: MakeRun) -> None:
    whole = make_run(answers=[("yes", "no", "yes")] * 2)
    part = make_run(answers=[("yes", "no", "yes"), None], folder="part", sample_ids=("kite-00",))
    assert notices(whole, part)[0] == (
        "These runs do not cover the same samples, so their scores are not comparable."
    )


def test_runs_of_different_editions_are_refused_in_one_line(
    make_run: MakeRun, make_kite: Callable[..., object]
) -> None:
    first = make_run(answers=[("yes", "no", "yes")])
    second = make_run(
        folder="second",
        samples=[make_kite(0, prompt="A blue kite rises.")],
        answers=[("yes", "no", "yes")],
    )
    with pytest.raises(UserError, match="a report takes runs of one edition") as caught:
        build_page([first, second])
    assert "\n" not in str(caught.value)
    assert str(second.paths.folder) in str(caught.value)


def test_a_report_needs_a_run() -> None:
    with pytest.raises(ValueError, match="at least one run"):
        build_page([])
