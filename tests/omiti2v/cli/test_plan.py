"""`omiti2v plan`, and `generate` and `score` by plan: as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from evaluators.judges import Judge
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.cli.plan_options import planned_look
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plan.record import DecisionPlan, read_plan
from omiti2v.plan.taken import take_looks
from omiti2v.runs import Run, read_run
from omiti2v.submissions import read_submission

Invoke = Callable[..., Any]
ASKED = ("--effect", 40, "--spread", 34, "--looks", 2, "--seed", 3)


@pytest.fixture
def here(planned_edition: Edition, plan: DecisionPlan, tmp_path: Path) -> Path:
    """The folder that commands run in, with `edition` and `plan.json`."""
    assert planned_edition.root
    (tmp_path / "edition").symlink_to(planned_edition.root)
    (tmp_path / "plan.json").write_text(plan.model_dump_json())
    return tmp_path


def test_plan_writes_a_plan_and_says_what_it_takes(
    invoke: Invoke, here: Path, plan: DecisionPlan
) -> None:
    done = invoke("plan", *ASKED, "--edition", "edition", "-o", "new.json")
    assert read_plan(here / "new.json") == plan
    words = " ".join(done.output.split())
    assert "power 0.8 for B − A = 40 points" in words
    assert "a single look with this power would take" in words
    assert "next: omiti2v generate --plan new.json --look 1" in words
    with pytest.raises(UserError, match="is there already"):
        invoke("plan", *ASKED, "--edition", "edition", "-o", "new.json")


def test_plan_prints_the_plan_for_programs(invoke: Invoke, here: Path, plan: DecisionPlan) -> None:
    done = invoke("plan", *ASKED, "--edition", "edition", "-o", "new.json", "--json")
    assert DecisionPlan.model_validate_json(done.stdout) == plan


def test_what_can_not_be_planned_leaves_no_file(invoke: Invoke, here: Path) -> None:
    with pytest.raises(UserError, match="can find one of"):
        invoke("plan", "--effect", 6, "--edition", "edition", "-o", "new.json")
    both = ("--spread", 30, "--from", "a", "b")
    invoke("plan", "--effect", 6, "--edition", "edition", "-o", "new.json", *both, code=2)
    assert not (here / "new.json").exists()


def test_the_spread_may_come_from_two_runs(
    invoke: Invoke, here: Path, plan: DecisionPlan, planned_run: Callable[..., Run]
) -> None:
    planned_run("a", 2, plan.samples_at(1)[:2])
    planned_run("b", 2, plan.samples_at(1)[:5])
    options = ("--effect", 50, "--looks", 1, "--edition", "edition", "--from", "a", "b")
    done = invoke("plan", *options, "-o", "new.json")
    assumption = read_plan(here / "new.json").assumption
    assert assumption.source == "a and b"
    # 3 of 20 samples differ.
    assert assumption.spread**2 == pytest.approx(20 / 19 * 0.15 * 0.85)
    assert "as measured on a and b" in " ".join(done.output.split())


def test_generate_makes_what_a_look_needs_and_no_more(
    invoke: Invoke, here: Path, plan: DecisionPlan
) -> None:
    def made(*arguments: object) -> tuple[int, int]:
        done = invoke(
            *("generate", "--method", "still", "-o", "videos", "--edition", "edition", "--json"),
            *("--height", 48, "--width", 64, "--frames", 5, "--plan", "plan.json", *arguments),
        )
        report = json.loads(done.stdout)
        return report["made"], report["kept"]

    def there() -> set[str]:
        return {path.stem for path in (here / "videos").glob("*.mp4")}

    assert made("--look", 1, "--shard", "1/2") == (5, 0)
    assert made("--look", 1) == (5, 5)
    assert there() == set(plan.samples_at(1))
    # The shard of a look is the beginning of its shard of the next.
    assert made("--look", 2, "--shard", "1/2") == (5, 5)
    assert made("--look", 2) == (5, 15)
    assert there() == set(plan.samples_at(2))

    score = ("score", "videos", "-o", "run", "--edition", "edition", "--plan", "plan.json")
    invoke(*score, "--look", 1)
    first = (here / "run" / "videos.jsonl").read_bytes()
    assert {row.sample_id for row in read_run(here / "run").videos} == set(plan.samples_at(1))
    invoke(*score, "--look", 2)
    run = read_run(here / "run")
    assert {sample.id for sample in run.samples} == set(plan.samples_at(2))
    assert (here / "run" / "videos.jsonl").read_bytes().startswith(first)
    with pytest.raises(UserError, match="is at look 2 of its plan"):
        invoke(*score, "--look", 1)


def test_a_plan_of_takes_makes_and_wants_so_many(
    invoke: Invoke, here: Path, always_yes: Judge, planned_edition: Edition
) -> None:
    planning = ("--effect", 40, "--spread", 45, "--looks", 2, "--takes", 2)
    invoke("plan", *planning, "--edition", "edition", "-o", "takes.json")
    plan = read_plan(here / "takes.json")
    look = planned_look(here / "takes.json", 1, planned_edition, limit=None)
    assert look
    runs = []
    for method in ("still", "pan"):
        generate = ("generate", "--method", method, "-o", method, "--edition", "edition")
        size = ("--height", 48, "--width", 64, "--frames", 5)
        by_plan = ("--plan", "takes.json", "--look", 1)
        invoke(*generate, *size, *by_plan)
        first = plan.order[0]
        assert {path.name for path in (here / method / first).iterdir()} == {"0.mp4", "1.mp4"}
        invoke(*generate, *size, *by_plan, "--seeds", "0,1", code=2)
        score_submission(
            read_submission(here / method, planned_edition),
            planned_edition,
            here / f"run-{method}",
            judge=always_yes,
            cache=None,
            options=ScoringOptions(sample_ids=look.sample_ids, plan=look.stamp, resamples=100),
        )
        runs.append(read_run(here / f"run-{method}"))
    assert take_looks(plan, *runs).looks[0].difference == 0
    with pytest.raises(UserError, match="fewer than 2 videos"):
        take_looks(plan, runs[0], replace(runs[1], videos=runs[1].videos[1:]))


def test_options_that_do_not_go_together_are_refused(
    here: Path, planned_edition: Edition, plan: DecisionPlan
) -> None:
    path = here / "plan.json"
    assert planned_look(None, None, planned_edition, limit=3) is None
    for file, look, limit in ((path, None, None), (None, 1, None), (path, 1, 5)):
        with pytest.raises(typer.BadParameter):
            planned_look(file, look, planned_edition, limit=limit)
    found = planned_look(path, 1, planned_edition, limit=None)
    assert found
    assert found.in_order == plan.samples_at(1)
    assert list(found.sample_ids) == sorted(found.in_order)
