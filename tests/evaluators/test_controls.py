"""Controls show how far a judge's answers come from the video."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluators.controls import CONTROLS, control_frames, score_controls
from evaluators.frames import Clip, FrameRule, decode_video
from evaluators.judges import Judge, Judgement, fingerprint_of
from evaluators.scoring import ScoringOptions
from evaluators.world import make_scenes, write_edition, write_submission
from omiti2v.editions import Edition, load_edition_folder
from omiti2v.errors import UserError
from omiti2v.runs import read_run
from omiti2v.submissions import Submission, read_submission

OPTIONS = ScoringOptions(resamples=100)


class ReferenceReader:
    """Says what is true of the reference image, unless the last frame is black: then always no."""

    name = "reference reader"
    frame_rule = FrameRule(count=2)

    def __init__(self, edition: Edition) -> None:
        self.identity = {"name": self.name}
        self.fingerprint = fingerprint_of(self.identity)
        self._answers = {
            question.question: question.reference_answer
            for sample in edition.samples
            for question in sample.questions
        }

    def judge(self, clip: Clip, questions: list[str]) -> list[Judgement]:
        if clip.frames[-1].mean() < 3:
            return [Judgement("no") for _ in questions]
        return [Judgement(self._answers[question] or "unknown") for question in questions]


@pytest.fixture(scope="module")
def submission(tmp_path_factory: pytest.TempPathFactory) -> tuple[Submission, Edition]:
    folder = tmp_path_factory.mktemp("controls")
    scenes = make_scenes(4, seed=3)
    write_edition(folder / "edition", scenes)
    write_submission(folder / "videos", scenes, "done", name="done")
    edition = load_edition_folder(folder / "edition")
    return read_submission(folder / "videos", edition), edition


def test_a_judge_that_reads_the_picture_gets_the_floor_on_stills_and_loses_all_on_black(
    submission: tuple[Submission, Edition], tmp_path: Path
) -> None:
    videos, edition = submission
    found = score_controls(
        videos, edition, tmp_path, judge=ReferenceReader(edition), cache=None, options=OPTIONS
    )
    assert set(found) == set(CONTROLS)
    accuracy, floor = (found["still"].scores[name] for name in ("accuracy", "still_floor"))
    assert accuracy is not None
    assert floor is not None
    assert accuracy.value == floor.value
    assert found["still"].outcomes is not None
    assert found["still"].outcomes["negligent"].value == 1
    assert found["blank"].outcomes is not None
    assert found["blank"].outcomes["broken"].value == 1


def test_another_sample_s_video_is_judged_though_its_first_frame_does_not_fit(
    submission: tuple[Submission, Edition], tmp_path: Path, always_yes: Judge
) -> None:
    videos, edition = submission
    score_controls(videos, edition, tmp_path, judge=always_yes, cache=None, options=OPTIONS)
    run = read_run(tmp_path / "another" / "run")
    assert {row.answer for row in run.responses} == {"yes"}
    own = {path.stem: decode_video(path).sha256 for path in videos.videos.values()}
    asked = {row.sample_id: row.video_sha256 for row in run.responses}
    assert set(asked.values()) == set(own.values())
    assert all(asked[name] != own[name] for name in own)


def test_controls_of_fewer_than_two_videos_are_refused(
    submission: tuple[Submission, Edition], tmp_path: Path, always_yes: Judge
) -> None:
    videos, edition = submission
    one = ScoringOptions(resamples=100, sample_ids=(edition.samples[0].id,))
    with pytest.raises(UserError, match="at least two"):
        score_controls(videos, edition, tmp_path, judge=always_yes, cache=None, options=one)


def test_frames_are_even_and_not_too_large() -> None:
    image = np.full((1001, 3001, 3), 200, np.uint8)
    still = control_frames("still", image)
    assert still.shape == (16, 278, 832, 3)
    blank = control_frames("blank", image)
    assert blank[0].min() == 200
    assert blank[1:].max() == 0
