"""What the demo works on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from evaluators.demo import HALF, SEED, SETTINGS, SUBMISSIONS, played, render_demo
from evaluators.world import KINDS, make_scenes
from omiti2v.submissions import read_submission


def test_a_small_demo_has_an_edition_and_seven_whole_submissions(tmp_path: Path) -> None:
    demo = render_demo(tmp_path, scenes=2)
    assert len(demo.edition.samples) == 2
    assert len(demo.submissions) == 7
    for name, folder in demo.submissions.items():
        submission = read_submission(folder, demo.edition)
        assert (submission.info.name, submission.missing) == (name, ())
    assert demo.run_folder("edit done") == tmp_path / "runs" / "edit-done"


def test_half_of_each_kind_of_edit_is_done_by_the_one_that_does_half() -> None:
    scenes = make_scenes(4 * len(KINDS), seed=SEED, settings=SETTINGS)
    submissions = played(scenes)
    half = submissions[HALF]
    assert isinstance(half, Mapping)
    counts = Counter((scene.stage.kind, half[scene.sample.id]) for scene in scenes)
    assert counts == {(kind, what): 2 for kind in KINDS for what in ("done", "still")}
    assert {name: what for name, what in submissions.items() if name != HALF} == SUBMISSIONS
