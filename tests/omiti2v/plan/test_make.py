"""Making plans, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from omiti2v import load_edition
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plan.make import fixed_samples, make_plan
from omiti2v.plan.record import DecisionPlan
from omiti2v.plan.sizes import Assumption

ASKED: dict[str, Any] = {
    "power": 0.8,
    "looks": 4,
    "alpha": 0.05,
    "takes": 1,
    "score": "success",
    "assumption": Assumption(),
    "seed": 0,
}


@pytest.fixture(scope="module")
def benchmark() -> Edition:
    return load_edition("open")


def test_six_points_can_be_found_with_the_benchmark(benchmark: Edition) -> None:
    plan = make_plan(benchmark, effect=0.06, **ASKED)
    plan.require_edition(benchmark)
    assert [look.samples for look in plan.looks] == [88, 175, 263, 350]
    assert fixed_samples(plan) < len(plan.order) < 1.25 * fixed_samples(plan)
    assert plan == make_plan(benchmark, effect=0.06, **ASKED)
    assert plan.order != make_plan(benchmark, effect=0.06, **ASKED | {"seed": 1}).order


def test_what_the_benchmark_can_not_show_is_refused_with_what_it_can(benchmark: Edition) -> None:
    with pytest.raises(UserError, match="edition open has 367, which can find one of") as refused:
        make_plan(benchmark, effect=0.04, **ASKED)
    can = re.search(r"one of ([\d.]+) points", str(refused.value))
    assert can
    assert len(make_plan(benchmark, effect=float(can[1]) / 100, **ASKED).order) <= 367
    assert len(make_plan(benchmark, effect=0.05, **ASKED | {"takes": 3}).order) <= 367


def test_looks_that_would_be_too_small_are_refused(benchmark: Edition) -> None:
    with pytest.raises(UserError, match="fewer than 10 for each of 4 looks"):
        make_plan(benchmark, effect=0.5, **ASKED)


def test_a_plan_is_what_it_says(plan: DecisionPlan, planned_edition: Edition) -> None:
    assert [look.samples for look in plan.looks] == [10, 20]
    assert plan.samples_at(1) == plan.order[:10]
    plan.require_edition(planned_edition)
