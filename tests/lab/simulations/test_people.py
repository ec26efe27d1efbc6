"""Anchored and corrected scores hold on the judged world: the simulation in small."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.simulations.correction_draws import correction_rows
from lab.simulations.drawn_runs import Row, values_of
from lab.simulations.judged_world import JudgedWorld, as_answers, kept_world
from lab.simulations.people import NOISE, SCENES, SEED, Results, tables
from lab.simulations.people_draws import difference_rows, people_rows
from lab.tables import fill
from omiti2v.errors import UserError
from omiti2v.records import read_record

PAGES = Path(__file__).parents[3] / "docs" / "statistics"


@pytest.fixture(scope="module")
def world() -> JudgedWorld:
    return kept_world(PAGES / "judged-world.json.gz", scenes=SCENES, noise=NOISE, seed=SEED)


def by_setting(rows: list[Row], *words: str) -> dict[str, Row]:
    return {row.score: row for row in rows if all(word in row.setting for word in words)}


def test_the_judge_is_right_of_about_85_per_cent(world: JudgedWorld) -> None:
    clips = [clip for scene in world.drawn[:200] for clip in scene.clips.values()]
    right = [
        answer == clip.truth[place] for clip in clips for place, answer in enumerate(clip.answers)
    ]
    assert 0.82 < sum(right) / len(right) < 0.88
    assert as_answers("yn") == {"q1": "yes", "q2": "no"}


def test_anchored_intervals_cover_and_are_narrower_than_people_s_alone(
    world: JudgedWorld,
) -> None:
    values = values_of(world.drawn[:420])
    rows = people_rows(values, draws=60, seed=1)
    found = by_setting(rows, "half done", "at random")
    for score in ("accuracy", "success"):
        assert found[score].covered >= 0.85
        assert abs(found[score].bias) < 3 * found[score].deviation / 60**0.5
    assert found["accuracy"].width < 0.8 * found["accuracy"].alone
    assert found["success"].width < 0.9 * found["success"].alone
    chosen = by_setting(rows, "half done", "chosen")
    assert chosen["accuracy"].width < 1.02 * found["accuracy"].width
    difference = by_setting(difference_rows(values, draws=40, seed=1), "the same")
    assert difference["success"].covered >= 0.85


@pytest.mark.slow
def test_corrected_intervals_cover_where_the_judge_s_own_do_not(world: JudgedWorld) -> None:
    rows = correction_rows(world.drawn, world.photographs, draws=100, seed=1)
    corrected = by_setting(rows, "100 other scenes")
    assert corrected["success"].covered < 0.2  # of the last rows: the judge's own
    for score in ("accuracy", "semantic_average", "success"):
        (row,) = [r for r in rows if r.setting == "100 other scenes" and r.score == score]
        assert row.covered >= 0.88


def test_a_kept_world_is_not_taken_for_another(tmp_path: Path, world: JudgedWorld) -> None:
    with pytest.raises(UserError, match="another world"):
        kept_world(PAGES / "judged-world.json.gz", scenes=SCENES, noise=NOISE, seed=1)


def test_the_pages_hold_what_the_results_say() -> None:
    results = read_record(PAGES / "people.json", Results)
    again = read_record(PAGES / "people-again.json", Results)
    for name, found in tables(results, again).items():
        page = (PAGES / name).read_text(encoding="utf-8")
        assert fill(page, found) == page


@pytest.mark.parametrize("name", ["people.json", "people-again.json"])
def test_of_both_worlds_the_results_are_within_the_bars(name: str) -> None:
    rows = read_record(PAGES / name, Results).rows
    for row in [*rows["people"], *rows["difference"]]:
        assert 0.92 <= row.covered <= 0.98, row
    for row in rows["people"]:
        most = {"accuracy": 0.8, "success": 0.9}
        assert row.width <= most.get(row.score, 1) * row.alone, row
    for row in rows["correction"]:
        if row.setting in ("30 other scenes", "100 other scenes"):
            assert 0.92 <= row.covered <= 0.98, row
