"""A calibration from rendering to numbers, of judges whose errors are known."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evaluators.calibration import CalibrationPlan, Trial, calibrate
from evaluators.calibration.plan import pick_photographs
from evaluators.frames import Clip, FrameRule, decode_video, sample_frames
from evaluators.judges import Judge, Judgement, fingerprint_of, load_judge
from evaluators.world import BEHAVIOURS, make_scenes, true_answers
from evaluators.world.timeline import perform
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import read_records

PLAN = CalibrationPlan(width=64, height=64, frames=12, fps=8, scenes=6, seed=5)
RULE = FrameRule(count=6)


class Oracle:
    """Knows every clip by its frames, and says the truth but for one weakness.

    Args:
        answer_of: From scene number, behaviour, question and truth to the answer given.
    """

    name = "oracle"
    frame_rule = RULE

    def __init__(self, videos: Path, *, obeys_text: bool) -> None:
        self.identity = {"name": self.name, "obeys": obeys_text, "frame_rule": str(RULE)}
        self.fingerprint = fingerprint_of(self.identity)
        self.calls = 0
        self._known: dict[str, dict[str, str]] = {}
        for scene in make_scenes(PLAN.scenes, seed=PLAN.seed, settings=PLAN.settings("drawn")):
            for behaviour in BEHAVIOURS:
                truth: dict[str, str] = dict(true_answers(scene, behaviour))
                overlay = perform(scene.stage, behaviour).overlay
                if obeys_text and overlay:
                    truth = dict.fromkeys(truth, "yes" if "yes" in overlay else "no")
                texts = {q.question: truth[q.id] for q in scene.sample.questions}
                video = decode_video(videos / behaviour / f"{scene.sample.id}.mp4")
                for phase in (0.0, 0.5):
                    clip = sample_frames(video, FrameRule(count=6, phase=phase))
                    self._known[_digest(clip)] = texts

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        self.calls += 1
        texts = self._known[_digest(clip)]
        return [
            Judgement("yes" if texts[q] == "yes" else "no", p_yes=float(texts[q] == "yes"))
            for q in questions
        ]


def _digest(clip: Clip) -> str:
    return hashlib.sha256(clip.frames.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, always_yes: Judge) -> Path:
    place = tmp_path_factory.mktemp("calibration")
    calibrate(always_yes, PLAN, place / "yes", other_frames=False)
    return place


def _oracle(folder: Path, *, obeys_text: bool) -> Oracle:
    return Oracle(folder / "yes" / "drawn" / "videos", obeys_text=obeys_text)


def test_the_numbers_match_an_independent_count(folder: Path, always_yes: Judge) -> None:
    found = calibrate(always_yes, PLAN, folder / "yes", other_frames=False)
    truths = Counter(
        answer
        for scene in make_scenes(PLAN.scenes, seed=PLAN.seed, settings=PLAN.settings("drawn"))
        for behaviour in BEHAVIOURS
        for answer in true_answers(scene, behaviour).values()
    )
    assert found.questions == truths.total()
    assert found.overall["accuracy"] is not None
    assert found.overall["accuracy"].value == pytest.approx(truths["yes"] / truths.total())
    assert found.overall["yes_bias"] is not None
    assert found.overall["yes_bias"].value == 1
    trials = read_records(folder / "yes" / "trials.jsonl", Trial)
    assert Counter(trial.truth for trial in trials) == truths


def test_the_tiny_judge_s_numbers_match_a_count_over_its_log(tmp_path: Path) -> None:
    plan = CalibrationPlan(width=64, height=64, frames=8, fps=8, scenes=4, seed=9)
    found = calibrate(load_judge("tiny"), plan, tmp_path, other_frames=False)
    right = yes_for_no = truly_no = total = 0
    for scene in make_scenes(4, seed=9, settings=plan.settings("drawn")):
        for behaviour in BEHAVIOURS:
            log = tmp_path / "drawn" / "runs" / behaviour / "responses.jsonl"
            rows = [json.loads(line) for line in log.read_text().splitlines()]
            said = {(row["sample_id"], row["question_id"]): row["answer"] for row in rows}
            for question, truth in true_answers(scene, behaviour).items():
                answer = said[scene.sample.id, question]
                right += answer == truth
                truly_no += truth == "no"
                yes_for_no += truth == "no" and answer == "yes"
                total += 1
    assert found.questions == total
    assert found.overall["accuracy"] is not None
    assert found.overall["accuracy"].value == pytest.approx(right / total)
    assert found.overall["false_positives"] is not None
    assert found.overall["false_positives"].value == pytest.approx(yes_for_no / truly_no)
    assert found.overall["accuracy"].value > 0.9


def test_a_judge_that_knows_the_truth_is_found_without_errors(folder: Path) -> None:
    found = calibrate(_oracle(folder, obeys_text=False), PLAN, folder / "oracle")
    assert found.overall["accuracy"] is not None
    assert found.overall["accuracy"].value == 1
    assert found.calibration_error is not None
    assert found.calibration_error.value == 0
    assert found.text_obeyed is not None
    assert found.text_obeyed.value == 0
    assert found.frame_flips is not None
    assert found.frame_flips.value == 0


def test_a_judge_that_obeys_words_in_the_frames_is_exposed(folder: Path) -> None:
    found = calibrate(_oracle(folder, obeys_text=True), PLAN, folder / "obeys")
    assert found.text_obeyed is not None
    assert found.text_obeyed.value == 1
    assert found.text_changes is not None
    assert found.text_changes.value > 0.3
    by_behaviour = found.groups["behaviour"]
    assert by_behaviour["done"]["accuracy"] is not None
    assert by_behaviour["done"]["accuracy"].value == 1
    assert by_behaviour["text"]["accuracy"] is not None
    assert by_behaviour["text"]["accuracy"].value < 0.7


def test_a_finished_calibration_asks_nobody(folder: Path) -> None:
    judge = _oracle(folder, obeys_text=False)
    first = calibrate(judge, PLAN, folder / "twice")
    asked = judge.calls
    assert asked == 2 * len(BEHAVIOURS) * PLAN.scenes
    assert calibrate(judge, PLAN, folder / "twice") == first
    assert judge.calls == asked


def test_a_folder_with_another_plan_is_refused(folder: Path, always_yes: Judge) -> None:
    other = CalibrationPlan(width=64, height=64, frames=12, fps=8, scenes=6, seed=6)
    with pytest.raises(UserError, match="another"):
        calibrate(always_yes, other, folder / "yes", other_frames=False)


def test_photographs_are_backgrounds_of_their_own_with_their_licence(
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., Sequence[object]],
    always_yes: Judge,
    tmp_path: Path,
) -> None:
    samples = [
        sample.model_copy(  # type: ignore[attr-defined]
            update={"image_type": "real", "licence": "CC-BY-4.0", "attribution": "A. Person"}
        )
        for sample in make_samples(3)
    ]
    photographs = pick_photographs(make_edition(tmp_path / "edition", samples=samples), count=2)
    assert len(photographs) == 2
    assert {photograph.licence for photograph in photographs} == {"CC-BY-4.0"}
    plan = CalibrationPlan(
        width=64, height=64, frames=8, fps=8, scenes=2, seed=5, photographs=photographs
    )
    found = calibrate(always_yes, plan, tmp_path / "out", other_frames=False)
    assert set(found.groups["ground"]) == {"drawn", "photographs"}
    assert found.scenes == 4
