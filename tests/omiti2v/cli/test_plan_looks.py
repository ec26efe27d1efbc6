"""`omiti2v compare --plan` on runs whose answers are known."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.plan.record import DecisionPlan
from omiti2v.plan.taken import PlanResult
from omiti2v.runs import Run

Invoke = Callable[..., Any]
MakeRun = Callable[..., Run]
COMPARE = ("compare", "a", "b", "--plan", "plan.json")


@pytest.fixture(autouse=True)
def plan_file(plan: DecisionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "plan.json").write_text(plan.model_dump_json())


def test_compare_says_how_to_go_on_and_when_to_stop(
    invoke: Invoke, plan: DecisionPlan, planned_run: MakeRun
) -> None:
    first = plan.samples_at(1)
    planned_run("a", 1, ())
    planned_run("b", 1, first[:4])
    said = " ".join(invoke(*COMPARE).output.split())
    assert "sequential 95 %" in said
    assert "go on: omiti2v generate --plan plan.json --look 2 and omiti2v score" in said
    planned_run("a", 2, ())
    planned_run("b", 2, [*first[:4], *plan.samples_at(2)[10:]])
    done = invoke(*COMPARE)
    assert "stop: B is better (look 2 of 2)" in done.output
    assert invoke(*COMPARE).output == done.output
    result = PlanResult.model_validate_json(invoke(*COMPARE, "--json").stdout)
    assert (result.decision, result.decided_at) == ("b_better", 2)


def test_compare_without_the_plan_says_what_its_numbers_leave_out(
    invoke: Invoke, planned_run: MakeRun
) -> None:
    planned_run("a", 1, ())
    planned_run("b", 1, ())
    words = "the p-values and intervals here don't count its looks"
    said = invoke("compare", "a", "b", "--resamples", 200, "--json")
    assert words in said.stderr
    assert words in json.loads(said.stdout)["notes"][0]
    invoke("report", "a", "b", "-o", "r.html")
    assert words in html.unescape(Path("r.html").read_text())


def test_numbers_of_a_look_have_the_one_minus_sign(
    invoke: Invoke, plan: DecisionPlan, planned_run: MakeRun
) -> None:
    planned_run("a", 1, plan.samples_at(1))
    planned_run("b", 1, ())
    said = invoke(*COMPARE).output
    assert "−100.0" in said
    assert not re.search(r"-\d", said)


def test_compare_by_plan_has_no_other_rules(invoke: Invoke, planned_run: MakeRun) -> None:
    planned_run("a", 1, ())
    planned_run("b", 1, ())
    for option in (("--common",), ("--missing", "drop"), ("--allow-different-judge",)):
        assert "don't go with" in invoke(*COMPARE, *option, code=2).output
