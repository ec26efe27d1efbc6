from collections.abc import Callable

from leaderboard.report import build_page
from leaderboard.report.differences import differences_to_first
from omiti2v.runs import Run

MakeRun = Callable[..., Run]

RIGHT = ("yes", "no", "yes")
IGNORED = ("no", "yes", "yes")


def test_a_run_alone_is_held_against_nothing(make_run: MakeRun) -> None:
    assert differences_to_first([make_run()]) == ()


def test_a_clear_lead_is_called_one_with_its_interval_and_test(make_run: MakeRun) -> None:
    first = make_run(answers=[IGNORED] * 12)
    second = make_run(answers=[RIGHT] * 10 + [IGNORED] * 2, folder="second")
    (found,) = differences_to_first([first, second])
    success = found.rows[0]
    assert (found.run, success.definition.label, success.difference) == (2, "Success", "+83.3")
    assert success.says == "run 2 is 83.3 points higher than run 1"
    assert success.interval.startswith("[+") and success.adjusted
    assert (success.n, success.differing, success.is_of_few) == (12, 10, True)
    negligence = found.rows[-1]
    assert negligence.difference == "−83.3"
    assert negligence.says == "run 2 is 83.3 points lower than run 1"
    assert found.success and (found.success.only_a, found.success.only_b) == (0, 10)


def test_the_better_run_is_named_first_whichever_it_is(make_run: MakeRun) -> None:
    first = make_run(answers=[RIGHT] * 10 + [IGNORED] * 2)
    second = make_run(answers=[IGNORED] * 12, folder="second")
    (found,) = differences_to_first([first, second])
    assert found.rows[0].says == "run 1 is 83.3 points higher than run 2"
    assert found.rows[-1].says == "run 1 is 83.3 points lower than run 2"


def test_all_runs_of_a_report_are_one_family(make_run: MakeRun) -> None:
    runs = [make_run(answers=[IGNORED] * 12)]
    runs += [
        make_run(answers=[RIGHT] * n + [IGNORED] * (12 - n), folder=f"run {n}") for n in (6, 7)
    ]
    alone = differences_to_first(runs[:2])[0]
    first, second = differences_to_first(runs)
    assert "8 tests together" in first.family == second.family
    assert "4 tests together" in alone.family
    assert float(first.rows[0].adjusted) >= float(alone.rows[0].adjusted)


def test_runs_alike_are_not_told_apart_and_never_called_equal(make_run: MakeRun) -> None:
    first = make_run(answers=[RIGHT, IGNORED] * 6)
    second = make_run(answers=[RIGHT, IGNORED] * 5 + [IGNORED, RIGHT], folder="second")
    (found,) = differences_to_first([first, second])
    assert {row.says for row in found.rows if row.adjusted} == {"not told apart"}
    assert {row.says for row in found.rows if not row.adjusted} == {""}
    assert found.rows[0].difference == "0.0"


def test_runs_of_different_judges_are_not_subtracted(make_run: MakeRun) -> None:
    runs = [
        make_run(answers=[RIGHT] * 3, judge=judge, folder=folder)
        for judge, folder in (("one", "a"), ("two", "b"), (None, "c"))
    ]
    other, without = differences_to_first(runs)
    assert other.rows == () and other.why_not.startswith("other judges")
    assert without.rows == () and "without a judge" in without.why_not


def test_runs_that_treat_missing_videos_differently_need_one_rule(make_run: MakeRun) -> None:
    rows = [RIGHT, RIGHT, None]
    runs = [make_run(answers=rows), make_run(answers=rows, folder="drop", missing="drop")]
    (found,) = differences_to_first(runs)
    assert found.rows == () and "missing videos" in found.why_not
    (found,) = differences_to_first(runs, missing="zero")
    assert found.rows


def test_runs_without_a_sample_in_common_are_not_compared(make_run: MakeRun) -> None:
    first = make_run(answers=[RIGHT, None], sample_ids=("kite-00",))
    second = make_run(answers=[None, RIGHT], sample_ids=("kite-01",), folder="second")
    (found,) = differences_to_first([first, second])
    assert found.why_not == "the runs have no samples in common"


def test_flipped_samples_come_first_and_are_counted(make_run: MakeRun) -> None:
    first = make_run(answers=[RIGHT, IGNORED, RIGHT, IGNORED])
    second = make_run(answers=[RIGHT, IGNORED, IGNORED, RIGHT], folder="second")
    page = build_page([first, second])
    assert [card.sample.id for card in page.cards] == ["kite-02", "kite-03", "kite-00", "kite-01"]
    assert page.flipped == 2
    assert build_page([first]).flipped == 0
