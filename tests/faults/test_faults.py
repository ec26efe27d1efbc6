"""A file that can't be written: one line, nothing lost, and the same command finishes later."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from faults.cases import CASES
from faults.engine import Bench, Case, Disturbed, Fault
from planned_runs import plan, planned_edition, planned_run

from omiti2v.plan.record import DecisionPlan
from omiti2v.runs import Run

__all__ = ["plan", "planned_edition", "planned_run"]

QUICK = {"data_build": 3, "generate": 4, "score": 2}


def refuse(disturbed: Disturbed, faults: Sequence[Fault]) -> None:
    """Raise where something is wrong after one of the faults."""
    found = [f"{fault}: {what}" for fault in faults for what in disturbed.problems(fault)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", [case for case in CASES if case.name in QUICK], ids=str)
def test_some_faults_lose_nothing(case: Case, bench: Bench, world: Path) -> None:
    disturbed = Disturbed(case, bench, world)
    refuse(disturbed, random.Random(0).sample(disturbed.faults, QUICK[case.name]))


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_fault_loses_anything(case: Case, bench: Bench, world: Path) -> None:
    disturbed = Disturbed(case, bench, world)
    assert len(disturbed.faults) >= len(disturbed.after) - len(disturbed.before)
    refuse(disturbed, disturbed.faults)


@pytest.mark.slow
def test_no_fault_loses_a_look_that_was_taken(
    bench: Bench, plan: DecisionPlan, planned_run: Callable[..., Run], tmp_path: Path
) -> None:
    planned_run("a", 1, ())
    planned_run("b", 1, plan.samples_at(1)[:5])
    (tmp_path / "plan.json").write_text(plan.model_dump_json())
    disturbed = Disturbed(Case("looks", "compare a b --plan plan.json"), bench, tmp_path)
    refuse(disturbed, disturbed.faults)
