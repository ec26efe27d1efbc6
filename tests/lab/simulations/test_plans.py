"""A small form of the simulation of plans, and the page's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.simulations.plans import (
    EFFECT,
    NULLS,
    WORLDS,
    Results,
    paired_success,
    peek,
    simulate,
    tables,
    theory,
)
from lab.tables import fill
from omiti2v.records import read_record

RUNS = 120
DOCS = Path(__file__).parents[3] / "docs" / "statistics"


@pytest.mark.parametrize("world", (NULLS[4], NULLS[6]), ids=lambda world: world.name)
def test_where_nothing_differs_few_plans_end_in_better(world: object) -> None:
    found = simulate(world, times=0.0, runs=RUNS, stream=(50,))  # type: ignore[arg-type]
    # 5 % and three standard errors.
    assert found.better_going_on <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)
    assert found.b_better + found.a_better <= found.better_going_on
    assert found.covered >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / RUNS)


def test_plans_find_what_they_are_made_for_with_fewer_videos() -> None:
    found = simulate(WORLDS[0], times=1.0, runs=RUNS, stream=(51,))
    assert found.b_better >= 0.8 - 3 * np.sqrt(0.16 / RUNS)
    assert found.used < 0.85


def test_peeking_finds_more_than_five_per_cent() -> None:
    assert peek(1, runs=4_000).found <= 0.05
    assert peek(10, runs=4_000).found > 0.09


def test_the_made_worlds_are_what_their_names_say() -> None:
    drawn = paired_success(0.1225)(np.random.default_rng(0), 200_000, EFFECT)
    assert drawn.mean() == pytest.approx(EFFECT, abs=0.003)
    assert np.mean(drawn != 0) == pytest.approx(0.1225, abs=0.003)


def test_normal_theory_promises_fewer_videos() -> None:
    promised = theory()
    assert promised.at_most < 1.25
    assert promised.used["1"] < 0.8
    assert promised.used["2"] < 0.42
    assert promised.used["0"] < 0.66


def test_the_page_has_the_tables_of_its_results() -> None:
    page = (DOCS / "plans.md").read_text(encoding="utf-8")
    assert fill(page, tables(read_record(DOCS / "plans.json", Results))) == page
