"""Looks by plan on run folders: taken once, the same each time, refused with other videos."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.comparison import compare_runs
from omiti2v.errors import UserError
from omiti2v.plan.record import DecisionPlan
from omiti2v.plan.taken import TakenLook, take_looks
from omiti2v.runs import Run, read_run
from omiti2v.runs.read import read_log

MakeRun = Callable[..., Run]


def test_a_plan_goes_on_and_then_stops(plan: DecisionPlan, planned_run: MakeRun) -> None:
    first = plan.samples_at(1)
    runs = [planned_run("a", 1, ()), planned_run("b", 1, first[:5])]
    begun = take_looks(plan, *runs)
    assert (begun.decision, begun.decided_at) == ("go_on", None)
    assert begun.looks[0].difference == pytest.approx(5 / 10)
    second = plan.samples_at(2)[10:]
    runs = [planned_run("a", 2, ()), planned_run("b", 2, [*first[:5], *second[:8]])]
    ended = take_looks(plan, *runs)
    assert (ended.decision, ended.decided_at) == ("b_better", 2)
    assert ended.looks[0] == begun.looks[0]
    assert take_looks(plan, *runs) == ended
    for run in runs:
        assert [row.found for row in read_log(run.paths.looks, TakenLook)] == list(ended.looks)


def test_a_look_that_was_passed_over_is_taken_from_the_same_samples(
    plan: DecisionPlan, planned_run: MakeRun
) -> None:
    """Whoever ends where an earlier look would have, ends as that look would have."""
    result = take_looks(plan, planned_run("a", 2, ()), planned_run("b", 2, plan.samples_at(1)))
    assert (result.decision, result.decided_at) == ("b_better", 1)
    assert [look.samples for look in result.looks] == [10, 20]


def test_a_record_that_a_kill_kept_from_one_folder_is_put_there(
    plan: DecisionPlan, planned_run: MakeRun
) -> None:
    a, b = planned_run("a", 1, ()), planned_run("b", 1, ())
    first = take_looks(plan, a, b)
    whole = b.paths.looks.read_bytes()
    b.paths.looks.write_bytes(whole[:-20])
    assert take_looks(plan, a, b) == first
    assert b.paths.looks.read_bytes() == whole


@pytest.mark.parametrize(("videos", "more"), [("new", 0), ("", 1)])
def test_a_look_with_other_videos_or_answers_is_refused(
    plan: DecisionPlan, planned_run: MakeRun, tmp_path: Path, videos: str, more: int
) -> None:
    right = plan.samples_at(1)[:5]
    a, b = planned_run("a", 1, ()), planned_run("b", 1, right)
    take_looks(plan, a, b)
    looks = b.paths.looks.read_bytes()
    shutil.rmtree(tmp_path / "b")
    changed = plan.samples_at(1)[: 5 + more]
    with pytest.raises(UserError, match="other videos or answers of B"):
        take_looks(plan, a, planned_run("b", 1, changed, videos=videos))
    # Nor later, and nor where the other folder alone remembers.
    a.paths.looks.unlink()
    grown = [planned_run("a", 2, ()), planned_run("b", 2, changed, videos=videos)]
    grown[1].paths.looks.write_bytes(looks)
    with pytest.raises(UserError, match="look 1: was taken with other videos"):
        take_looks(plan, *grown)


def test_a_plan_is_not_read_from_its_other_side(plan: DecisionPlan, planned_run: MakeRun) -> None:
    a, b = planned_run("a", 1, ()), planned_run("b", 1, plan.samples_at(1)[:5])
    take_looks(plan, a, b)
    with pytest.raises(UserError, match="with a as A and b as B"):
        take_looks(plan, b, a)


def test_a_record_that_was_changed_is_refused(plan: DecisionPlan, planned_run: MakeRun) -> None:
    a, b = planned_run("a", 1, ()), planned_run("b", 1, ())
    take_looks(plan, a, b)
    row = json.loads(a.paths.looks.read_text())
    row["found"]["decision"] = "b_better"
    a.paths.looks.write_text(json.dumps(row) + "\n")
    with pytest.raises(UserError, match="is not what its videos and answers give"):
        take_looks(plan, a, b)
    a.paths.looks.write_text("{}\n")
    with pytest.raises(UserError, match=r"looks\.jsonl:1: plan: field required"):
        take_looks(plan, a, b)


def test_what_is_not_a_look_of_the_plan_is_refused(
    plan: DecisionPlan, planned_run: MakeRun, tmp_path: Path
) -> None:
    a = planned_run("a", 1, ())
    with pytest.raises(UserError, match=r"is at look 2, .* at look 1"):
        take_looks(plan, a, planned_run("b", 2, ()))
    info = json.loads((tmp_path / "b" / "run.json").read_text())
    info["sample_ids"] = None
    (tmp_path / "b" / "run.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match="covers 10 samples that the plan does not have"):
        take_looks(plan, a, read_run(tmp_path / "b"))
    info["sample_ids"] = sorted([*plan.samples_at(1)[1:], plan.samples_at(2)[-1]])
    (tmp_path / "c").mkdir()
    for name in ("samples.jsonl", "scores.json"):
        shutil.copy(tmp_path / "b" / name, tmp_path / "c" / name)
    for name in ("videos.jsonl", "responses.jsonl", "measurements.jsonl"):
        (tmp_path / "c" / name).touch()
    (tmp_path / "c" / "run.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match="those of no look of the plan"):
        take_looks(plan, a, read_run(tmp_path / "c"))


def test_a_look_wants_all_its_videos(plan: DecisionPlan, planned_run: MakeRun) -> None:
    """A sample that lacks its video is no random one."""
    a, b = planned_run("a", 1, ()), planned_run("b", 1, (), without=plan.samples_at(1)[:2])
    with pytest.raises(UserError, match="2 samples of the look have fewer than 1 video, as"):
        take_looks(plan, a, b)
    assert not a.paths.looks.exists()
    assert take_looks(plan, a, b, count_missing=True).looks[0].difference == 0


def test_runs_that_are_not_done_or_not_comparable_are_refused(
    plan: DecisionPlan, planned_run: MakeRun
) -> None:
    a = planned_run("a", 1, ())
    with pytest.raises(UserError, match="not finished"):
        take_looks(plan, a, planned_run("b", 1, (), finished=False))
    with pytest.raises(UserError, match="judge both with one"):
        take_looks(plan, a, planned_run("c", 1, (), judge="another"))
    with pytest.raises(UserError, match="the same submission"):
        take_looks(plan, a, a)


def test_numbers_without_the_plan_say_so(plan: DecisionPlan, planned_run: MakeRun) -> None:
    a, b = planned_run("a", 1, ()), planned_run("b", 1, ())
    assert f"made by plan {plan.digest[:12]}" in compare_runs(a, b).notes[0]
    assert not any("plan" in line for line in compare_runs(_free(a), _free(b)).notes)


def test_a_plan_that_was_made_after_the_videos_is_refused(
    plan: DecisionPlan, planned_run: MakeRun
) -> None:
    a, b = planned_run("a", 1, ()), planned_run("b", 1, ())
    changed = plan.model_copy(update={"effect": 0.1})
    later = changed.model_copy(update={"digest": changed.own_digest})
    with pytest.raises(UserError, match=f"scored by plan {plan.digest[:12]}, this is plan"):
        take_looks(later, a, b)
    with pytest.raises(UserError, match="scored without a plan"):
        take_looks(plan, _free(a), b)


def _free(run: Run) -> Run:
    """The run as if it had been scored without a plan."""
    run.paths.info.write_text(run.info.model_copy(update={"plan": None}).model_dump_json())
    return read_run(run.paths.folder)
