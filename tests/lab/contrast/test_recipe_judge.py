"""The judge that knows the contrast set: what it says is what it was told to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tiny_contrast import CLIPS, RIGHT, kinds_of, tiny_contrast

from evaluators.calibration import ContrastPlan, calibrate
from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.store import default_clip_cache
from evaluators.frames import Clip, FrameRule, decode_video, sample_frames
from evaluators.judges import Judge, load_judge
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.samples import Sample

COUNT = 10
NAME = "lab.contrast.recipe_judge:RecipeJudge"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "cache.sqlite3"


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory,
    cache: Path,
    make_edition: Callable[..., Edition],
    make_samples: Callable[..., Sequence[Sample]],
) -> ContrastSet:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMITI2V_CACHE", str(cache))
        folder = tmp_path_factory.mktemp("set")
        return tiny_contrast(folder, make_edition, make_samples, count=COUNT)


@pytest.fixture
def load(found: ContrastSet, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Judge]:
    monkeypatch.setenv("OMITI2V_CACHE", str(cache))

    def build(**options: object) -> Judge:
        places = {"recipes": str(found.folder), "edition": str(found.edition.root)}
        return load_judge(NAME, options=places | options)

    return build


def shown(found: ContrastSet, kind: str, rule: FrameRule) -> Clip:
    """Frames of a clip of the first sample."""
    (clip,) = (clip for clip in found.clips["s000"] if clip.kind == kind)
    video = decode_video(default_clip_cache() / f"{found.digest(clip)}.mp4")
    return sample_frames(video, rule)


@pytest.mark.parametrize("phase", [0.0, 0.5])
def test_a_clip_is_known_by_whichever_of_its_frames(
    found: ContrastSet, load: Callable[..., Judge], phase: float
) -> None:
    judge = load()
    questions = found.samples[0].questions
    for kind, answers in CLIPS.items():
        clip = shown(found, kind, FrameRule(count=9, phase=phase))
        said = judge.judge(clip, [question.question for question in questions])
        assert [one.answer for one in said] == list(answers.values())
    (last,) = judge.judge(clip, [questions[2].question])
    assert (last.answer, last.p_yes) == ("yes", 1)


def test_frames_of_no_clip_or_of_several_are_an_error(
    found: ContrastSet, load: Callable[..., Judge]
) -> None:
    judge = load()
    clip = shown(found, "right", FrameRule(count=4))
    blank = Clip(np.zeros_like(clip.frames), clip.times, clip.indices, clip.fps)
    (none,) = judge.judge(blank, [found.samples[0].questions[0].question])
    assert (none.answer, none.reason) == ("error", "the frames of no clip of the set")
    first = shown(found, "right", FrameRule(count=1))
    (several,) = judge.judge(first, [found.samples[0].questions[0].question])
    assert several.answer == "error"
    assert several.reason and "s000/right, s000/wrong_attribute" in several.reason


def test_a_tenth_of_errors_is_found_again_by_a_calibration(
    found: ContrastSet, load: Callable[..., Judge], tmp_path: Path
) -> None:
    judge = load(error=0.1)
    result = calibrate(judge, None, tmp_path, contrast=ContrastPlan(found, found.samples))
    assert result.questions == sum(4 * len(kinds_of(number)) for number in range(COUNT))
    for name, expected in (("accuracy", 0.9), ("false_positives", 0.1), ("false_negatives", 0.1)):
        share = result.overall[name]
        assert share and 0 < share.low < expected < share.high < 1
        assert share.value == pytest.approx(expected, abs=0.07)
    assert result.calibration_error and result.calibration_error.value < 0.1
    assert result.frame_flips and result.frame_flips.value == 0


def test_the_same_questions_are_answered_wrongly_every_time(
    found: ContrastSet, load: Callable[..., Judge]
) -> None:
    clip = shown(found, "right", FrameRule(count=4))
    texts = [question.question for question in found.samples[0].questions]

    def answers(**options: object) -> list[str]:
        return [one.answer for one in load(**options).judge(clip, texts)]

    assert answers(error=0.5) == answers(error=0.5)
    assert len({tuple(answers(error=0.5, seed=seed)) for seed in range(8)}) > 1
    assert answers(error=1) == [{"yes": "no", "no": "yes"}[answer] for answer in RIGHT.values()]
    assert load(error=0.5).fingerprint != load(error=0.5, seed=1).fingerprint


def test_somebody_s_answers_are_given_from_a_file(
    found: ContrastSet, load: Callable[..., Judge], tmp_path: Path
) -> None:
    rows = [
        {"clip": "s000/right", "question_id": "q1", "answer": "no"},
        {"clip": "s000/right", "question_id": "q2", "answer": "unclear", "viewer": "A"},
        {"clip": "s000/right", "question_id": "q3", "answer": "yes", "digest": "0" * 16},
        {"clip": "s000/still", "question_id": "q3", "answer": "yes"},
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judge = load(answers=str(path))
    texts = [question.question for question in found.samples[0].questions]
    said = judge.judge(shown(found, "right", FrameRule(count=4)), texts)
    assert [one.answer for one in said] == ["no", "unknown", "unknown", "unknown"]
    # The third was about a clip that is another one now.
    reasons = [one.reason for one in said]
    assert reasons == [None, "unclear", "not in the file", "not in the file"]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]))
    with pytest.raises(UserError, match="answered twice"):
        load(answers=str(path))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"errors": 0.1}, "errors: expected one of error, seed"),
        ({"error": 1.5}, "error: expected 0 to 1, got 1.5"),
        ({"error": 0.1, "answers": "a.jsonl"}, "give error or answers, not both"),
    ],
)
def test_options_without_sense_are_refused(
    load: Callable[..., Judge], options: dict[str, object], complaint: str
) -> None:
    with pytest.raises(UserError, match=complaint):
        load(**options)
