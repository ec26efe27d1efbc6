"""What the keys alone say of wrong videos: none of them is a success, on any sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.annotation_linter.facet_rules import asks_for_event, keeps_its_subject
from lab.annotation_linter.wrong_videos import wrong_videos
from omiti2v.editions import load_edition_folder
from omiti2v.outcomes import sample_outcome
from omiti2v.samples import Sample

Build = Callable[..., Sample]

ANNOTATIONS = Path(__file__).parents[3] / "annotations"


@pytest.fixture(scope="module")
def samples() -> tuple[Sample, ...]:
    return load_edition_folder(ANNOTATIONS).samples


def test_a_right_video_is_a_success(samples: tuple[Sample, ...]) -> None:
    for sample in samples:
        right = {question.id: question.expected_answer for question in sample.questions}
        assert sample_outcome(sample, right) == "success"


def test_no_wrong_video_is_a_success(samples: tuple[Sample, ...]) -> None:
    passing = []
    for sample in samples:
        for kind, answers in wrong_videos(sample):
            if kind == "a cut to the right end" and not any(map(asks_for_event, sample.questions)):
                # The linter demands the question wherever the prompt names a manner or direction.
                assert not {"manner", "direction"} & {f.kind for f in sample.facets or ()}
                continue
            if kind == "the subject replaced" and not keeps_its_subject(sample):
                continue  # where the edit leaves nothing of it; the linter limits their number
            if sample_outcome(sample, answers) == "success":
                passing.append(f"{sample.id}: {kind}")
    assert passing == []


def test_a_wrong_video_fails_just_the_questions_that_it_should(build: Build) -> None:
    found = dict(wrong_videos(build()))
    assert found["still"] == {"q1": "no", "q2": "no", "q3": "yes", "q4": "yes", "q5": "yes"}
    assert found["a cut to the right end"]["q1"] == "no"
    assert found["the subject replaced"]["q4"] == "no"
    right = {"q1": "yes", "q2": "no", "q3": "no", "q4": "yes", "q5": "yes"}
    assert found["direction f3 wrong"] == right | {"q2": "yes"}
