"""A run among signals is held against one without: whatever is lost or differs is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.scoring import ScoringOptions, score_submission
from lab.soak.verdict import check_process, check_run
from lab.soak.watching import Watched
from lab.soak.world import WorldPlan, edition_of, make_world, videos_of
from omiti2v.editions import load_edition_folder
from omiti2v.runs import read_run
from omiti2v.submissions import read_submission


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    world = make_world(folder, WorldPlan(videos=12, hostile=0.25, costly=False, seed=1))
    edition = load_edition_folder(edition_of(folder))
    submission = read_submission(videos_of(folder), edition)
    options = ScoringOptions(resamples=100)
    score_submission(submission, edition, folder / "run", judge=None, cache=None, options=options)
    return world, read_run(folder / "run")


def failed(checks):
    return {check.name: check.detail for check in checks if not check.ok}


def test_a_run_equals_itself(scored):
    world, run = scored
    assert (len(world.honest), len(world.hostile)) == (9, 3)
    assert failed(check_run(run, run, world)) == {}


def test_a_video_that_is_lost_is_named(scored):
    world, run = scored
    lost, hostile = world.honest[4], next(iter(world.hostile))
    less = run.only({row.video_id for row in run.videos} - {lost, hostile})
    found = failed(check_run(less, run, world))
    assert found["every honest video scored"] == f"{lost}: absent"
    assert found["every hostile file named"].startswith(hostile)
    assert {"videos as without signals", "measurements as without signals"} < found.keys()


def test_a_number_that_differs_is_named(scored):
    world, run = scored
    first, *others = run.measurements
    changed = replace(run, measurements=(first.model_copy(update={"value": 0.123}), *others))
    assert failed(check_run(changed, run, world)).keys() == {"measurements as without signals"}


def test_an_honest_video_in_error_is_named(scored):
    world, run = scored
    bad = next(row for row in run.videos if row.video_id in world.hostile)
    reports = tuple(
        row.model_copy(update={"findings": bad.findings})
        if row.video_id == world.honest[0]
        else row
        for row in run.videos
    )
    found = failed(check_run(replace(run, videos=reports), run, world))
    assert found["every honest video scored"].startswith(f"{world.honest[0]}: ")


def test_what_is_wrong_with_a_process_is_named():
    good = Watched(code=1, seconds=3, memory=[100] * 8)
    assert failed(check_process(good, expected=1, videos=500, log="")) == {}
    bad = Watched(code=None, memory=[1] * 4 + [2] * 4, orphans=["sleeping: x"], zombies=9)
    log = "Traceback (most recent call last)\n"
    assert len(failed(check_process(bad, expected=1, videos=500, log=log))) == 6
    few = [check.name for check in check_process(bad, expected=1, videos=499, log=log)]
    assert "memory flat" not in few, "a short run is little more than its start"
