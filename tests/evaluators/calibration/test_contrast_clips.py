"""A calibration on the contrast set, of judges whose errors are known."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_contrast import CLIPS, kinds_of, tiny_contrast

from evaluators.calibration import CalibrationPlan, ContrastPlan, Trial, calibrate
from evaluators.calibration.contrast_clips import contrast_clips
from evaluators.calibration.run import steps_of
from evaluators.contrast.contrast_set import ContrastSet, load_contrast
from evaluators.frames import Clip
from evaluators.judges import Judge, Judgement, load_judge
from omiti2v.calibration import Calibration
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import read_record, read_records
from omiti2v.samples import Sample

COUNT = 4


@pytest.fixture(scope="module")
def clip_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "cache.sqlite3"


@pytest.fixture(autouse=True)
def _own_cache(clip_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMITI2V_CACHE", str(clip_cache))


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory,
    clip_cache: Path,
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., Sequence[Sample]],
) -> ContrastSet:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMITI2V_CACHE", str(clip_cache))
        folder = tmp_path_factory.mktemp("set")
        return tiny_contrast(folder, make_edition, make_samples, count=COUNT)


@pytest.fixture
def plan(found: ContrastSet) -> ContrastPlan:
    return ContrastPlan(found, found.samples)


def test_each_kind_is_a_submission_of_the_samples_that_have_it(plan: ContrastPlan) -> None:
    clips = contrast_clips(plan)
    assert {kind: len(truths) for kind, truths in clips.truths.items()} == {
        "right": COUNT,
        "wrong_attribute": COUNT,
        "too_late": COUNT / 2,
        "still": COUNT,
    }
    assert len(plan.clips) == sum(map(len, clips.truths.values()))


def test_the_numbers_match_an_independent_count(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    calls: list[None] = []
    found = calibrate(
        always_yes,
        None,
        tmp_path,
        contrast=plan,
        other_frames=False,
        progress=lambda: calls.append(None),
    )
    assert len(calls) == steps_of(None, plan, other_frames=False)
    truths = Counter(
        answer for n in range(COUNT) for kind in kinds_of(n) for answer in CLIPS[kind].values()
    )
    assert found.questions == truths.total()
    assert found.overall["accuracy"]
    assert found.overall["accuracy"].value == pytest.approx(truths["yes"] / truths.total())
    trials = read_records(tmp_path / "trials.jsonl", Trial)
    assert Counter(trial.truth for trial in trials) == truths
    assert {trial.behaviour for trial in trials} == set(CLIPS)
    # What is always answered yes is right in a still clip where nothing had to change for yes.
    still = found.groups["behaviour"]["still"]["accuracy"]
    assert still and still.value == 0.5


def test_the_record_says_what_the_clips_are(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    found = calibrate(always_yes, None, tmp_path, contrast=plan, other_frames=False)
    assert (found.width, found.height, found.frames, found.fps) == (64, 48, 33, 16)
    assert (found.scenes, found.seed) == (COUNT, None)
    assert found.contrast
    assert (found.contrast.name, found.contrast.samples) == ("contrast", COUNT)
    assert found.contrast.recipes == plan.found.fingerprint
    assert found.contrast.edition == plan.found.edition.fingerprint
    assert set(found.groups["facet"]) == {"identity", "order", "stays"}
    assert set(found.groups["people"]) == {"none", "present"}
    assert set(found.groups["kind"]) == {"light", "object"}
    assert set(found.groups["ground"]) == {"contrast"}
    assert (found.text_changes, found.text_obeyed) == (None, None)
    assert read_record(tmp_path / "calibration.json", Calibration) == found


def test_scenes_are_counted_by_the_samples_own_answers(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    found = calibrate(always_yes, None, tmp_path, contrast=plan, other_frames=False)
    assert found.by_scene and len(found.by_scene) == COUNT
    first = found.by_scene[0]  # with all four kinds of clips
    assert first.ground == "contrast"
    # q1 is right in two of four clips, and a judge that says yes takes it for right in all.
    assert first.questions["edit yes right"] == (2, 2)
    assert first.questions["edit yes wrong"] == (2, 2)
    assert first.questions["preserve no right"] == (4, 0)
    assert sum(first.outcomes.values()) == 4
    assert first.outcomes["success broken"] == 1


def test_an_interrupted_calibration_asks_only_what_is_left(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    judge = CountingJudge(always_yes)
    first = calibrate(judge, None, tmp_path, contrast=plan)
    assert judge.calls == 2 * len(plan.clips)
    (tmp_path / "contrast" / "runs" / "still" / "responses.jsonl").unlink()
    assert calibrate(judge, None, tmp_path, contrast=plan) == first
    assert judge.calls == 2 * len(plan.clips) + COUNT


class CountingJudge:
    """Counts how often another is asked."""

    def __init__(self, inner: Judge) -> None:
        self.name, self.frame_rule = inner.name, inner.frame_rule
        self.identity, self.fingerprint = inner.identity, inner.fingerprint
        self.calls, self._inner = 0, inner

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        self.calls += 1
        return self._inner.judge(clip, questions)


def test_a_folder_with_other_samples_is_refused(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    calibrate(always_yes, None, tmp_path, contrast=plan, other_frames=False)
    fewer = replace(plan, samples=plan.found.stratified(3))
    with pytest.raises(UserError, match="a folder of its own"):
        calibrate(always_yes, None, tmp_path, contrast=fewer, other_frames=False)


def test_both_sets_are_told_apart_by_ground(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    world = CalibrationPlan(width=64, height=64, frames=8, fps=8, scenes=2, seed=5)
    few = replace(plan, samples=plan.samples[:2])
    found = calibrate(always_yes, world, tmp_path, contrast=few, other_frames=False)
    assert found.contrast and found.contrast.name == "both"
    assert set(found.groups["ground"]) == {"drawn", "contrast"}
    assert [where for where, _ in found.by_ground] == [
        "edits composited on photographs",
        "rendered shapes on drawn backgrounds",
    ]
    assert (found.width, found.height, found.fps, found.seed) == (64, None, None, 5)
    assert found.scenes == 4
    assert found.by_scene
    assert Counter(scene.ground for scene in found.by_scene) == {"drawn": 2, "contrast": 2}
    # All other groups are of the contrast set alone.
    assert set(found.groups["behaviour"]) == set(CLIPS)
    members = [shares for name, rows in found.groups.items() for shares in rows.values()]
    assert all(share["accuracy"] and share["accuracy"].n <= 2 for share in members)


def test_the_fingerprint_of_a_set_is_of_clips_and_answers(
    found: ContrastSet, tmp_path: Path
) -> None:
    recipes = tmp_path / "recipes"
    recipes.mkdir()
    for path in found.folder.glob("*.yaml"):
        (recipes / path.name).write_text(path.read_text())

    def fingerprint() -> str:
        return load_contrast(recipes, edition=found.edition).fingerprint

    assert fingerprint() == found.fingerprint
    changed = recipes / "s001.yaml"
    text = changed.read_text()
    for old, new in (("q4: 'no: as made'", "q4: 'yes: as made'"), ("0.4", "0.5")):
        assert old in text
        changed.write_text(text.replace(old, new, 1))
        assert fingerprint() != found.fingerprint
    # Why an answer is the true one changes nothing.
    changed.write_text(text.replace("as made", "as it was made"))
    assert fingerprint() == found.fingerprint


def test_clips_of_the_set_are_logged_with_what_they_are(
    plan: ContrastPlan, always_yes: Judge, tmp_path: Path
) -> None:
    calibrate(always_yes, None, tmp_path, contrast=plan, other_frames=False)
    lines = (tmp_path / "contrast" / "clips.jsonl").read_text().splitlines()
    known = {json.loads(line)["clip"] for line in lines}
    trials = read_records(tmp_path / "trials.jsonl", Trial)
    assert {f"{t.scene.removeprefix('contrast/')}/{t.behaviour}" for t in trials} == known


@pytest.mark.slow
def test_a_model_of_transformers_is_calibrated(plan: ContrastPlan, tmp_path: Path) -> None:
    """Its weights are random, so that it errs as it likes; but it answers, and errs the same way
    again."""
    from tiny_qwen import save_tiny_qwen

    judge = load_judge(str(save_tiny_qwen(tmp_path / "model", answer_scale=8.0)), device="cpu")
    found = calibrate(judge, None, tmp_path / "one", contrast=plan)
    assert found.questions == 4 * len(plan.clips)
    assert found.judge_unavailable is None
    assert found.calibration_error
    trials = read_records(tmp_path / "one" / "trials.jsonl", Trial)
    assert all(trial.p_yes is not None for trial in trials if trial.answer in ("yes", "no"))
    again = calibrate(judge, None, tmp_path / "two", contrast=plan)
    assert again == found
