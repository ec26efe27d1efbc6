"""Scores and differences by the benchmark's own definitions, a sample counting once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from evaluators.world import Scene
from lab.tiny_wan.experiment.claims import CLAIMS, DYNAMIC, hold_against, verdict
from lab.tiny_wan.experiment.rows import Row
from lab.tiny_wan.experiment.settings import BASELINE, DEFAULT
from lab.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    NEGLIGENT,
    SEMANTIC,
    differences,
    estimates,
    halves,
    is_idle,
)

Build = Callable[..., list[Row]]


def test_clips_that_do_the_edit_succeed_and_still_ones_are_negligent(
    scenes: list[Scene], rows_that: Build
) -> None:
    samples = [scene.sample for scene in scenes]
    done, still = (estimates(samples, {0: rows_that(scenes, share)}) for share in (1.0, 0.0))
    assert (done[EDIT_SUCCESS].value, done[NEGLIGENT].value, done[SEMANTIC].value) == (1, 0, 1)
    assert (still[EDIT_SUCCESS].value, still[NEGLIGENT].value) == (0, 1)
    assert done["metric", "change"].value == 1


def test_seeds_are_averaged_and_samples_counted_once(scenes: list[Scene], rows_that: Build) -> None:
    samples = [scene.sample for scene in scenes]
    found = estimates(samples, {0: rows_that(scenes, 1.0), 1: rows_that(scenes, 0.0)})
    assert found[EDIT_SUCCESS].value == 0.5
    assert found[EDIT_SUCCESS].n == len(samples)
    # Every sample does the edit under one seed of two: nothing varies between samples.
    assert (found[EDIT_SUCCESS].low, found[EDIT_SUCCESS].high) == (0.5, 0.5)


def test_differences_are_over_the_seeds_that_both_have(
    scenes: list[Scene], rows_that: Build
) -> None:
    samples = [scene.sample for scene in scenes]
    one = {0: rows_that(scenes, 0.0), 1: rows_that(scenes, 1.0)}
    other = {0: rows_that(scenes, 1.0)}
    seen = differences(samples, one, other)[EDIT_SUCCESS]
    assert (seen.a, seen.b, seen.difference, seen.n) == (0, 1, 1, len(samples))
    assert seen.p_value == pytest.approx(2 / 2 ** len(samples))


def test_the_halves_have_all_kinds_alike(scenes: list[Scene]) -> None:
    choose, report = halves(scenes)
    assert [s.subcategory for s in choose] == [s.subcategory for s in report]
    assert {s.id for s in choose}.isdisjoint(s.id for s in report)


@pytest.mark.parametrize(
    ("low", "high", "p_value", "told"),
    [
        (0.01, 0.2, 0.03, "as predicted"),
        (-0.2, -0.01, 0.03, "the opposite"),
        (-0.1, 0.1, 0.03, "not told apart"),
        (0.01, 0.2, 0.06, "not told apart"),
    ],
)
def test_a_claim_is_judged_by_the_whole_interval_and_by_p(
    scenes: list[Scene], rows_that: Build, low: float, high: float, p_value: float, told: str
) -> None:
    samples = [scene.sample for scene in scenes]
    rows = {0: rows_that(scenes, 0.5)}
    seen = differences(samples, rows, rows)[EDIT_SUCCESS]
    claim = CLAIMS[0]
    assert claim.direction == "up"
    found = {"low": low, "high": high, "difference": (low + high) / 2, "p_value": p_value}
    assert verdict(claim, seen.model_copy(update=found)) == told
    assert verdict(claim, None) == "not run"


def test_no_verdict_on_a_saturated_measure_or_a_setting_that_never_acts(
    scenes: list[Scene], rows_that: Build
) -> None:
    samples = [scene.sample for scene in scenes]
    seen = differences(samples, {0: rows_that(scenes, 0.0)}, {0: rows_that(scenes, 1.0)})
    on_motion = next(claim for claim in CLAIMS if claim.key == DYNAMIC)
    assert verdict(on_motion, seen[DYNAMIC], still_dynamic=0.1) == "as predicted"
    assert verdict(on_motion, seen[DYNAMIC], still_dynamic=0.9) == "can't be told"
    assert verdict(CLAIMS[0], seen[EDIT_SUCCESS], idle=[DEFAULT]) == "can't be told"


def test_a_setting_whose_clips_are_those_of_the_model_alone_is_idle(
    scenes: list[Scene], rows_that: Build
) -> None:
    rows = rows_that(scenes, 0.5)
    assert is_idle({0: [replace(row, change=row.change + 1e-4) for row in rows]}, {0: rows})
    assert not is_idle({0: rows_that(scenes, 1.0)}, {0: rows})


def test_claims_about_settings_that_were_not_run_have_no_difference(
    scenes: list[Scene], rows_that: Build
) -> None:
    samples = [scene.sample for scene in scenes]
    clips = {BASELINE: {0: rows_that(scenes, 0.2)}, DEFAULT: {0: rows_that(scenes, 0.9)}}
    for claim, seen in hold_against(samples, clips):
        assert (seen is not None) == ({claim.setting, claim.against} == {BASELINE, DEFAULT})
