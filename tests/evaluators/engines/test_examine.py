"""The work on one video: decoded, checked, asked about and measured, whatever breaks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from engine_cases import Case

import evaluators.engines.examine
from evaluators.engines.examine import Examiner
from evaluators.engines.tasks import VideoTask
from evaluators.frames import DecodeError, Limits, hash_file
from evaluators.judges import Judge
from evaluators.metrics import Metric, Observation, Quantity
from omiti2v.errors import UserError


def metric(
    name: str, value: float, *, needs: tuple[str, ...] = (), high: float | None = None
) -> Metric:
    quantity = Quantity(
        name=name, unit="", higher_is_better=None, bounds=(0, high), description="", source=""
    )

    def measure(observation: Observation) -> Mapping[str, float]:
        return {name: value}

    return Metric(quantities=(quantity,), version="1", measure=measure, requirements=needs)


FREE, MODEL = metric("free", 1.0), metric("model", 2.0, needs=("weights",))


@pytest.fixture
def case(make_case: Callable[[int], Case]) -> Case:
    return make_case(2)


@pytest.fixture
def examiner(case: Case, always_yes: Judge) -> Examiner:
    return Examiner(case.edition, judge=always_yes, metrics=(FREE, MODEL), limits=Limits())


@pytest.fixture
def task(case: Case) -> VideoTask:
    sample = case.edition.samples[0]
    path = case.submission.videos[sample.id]
    return VideoTask(
        sample=sample,
        location=str(path),
        file=path.name,
        digest=hash_file(path),
        check=True,
        metrics=("free", "model"),
        questions=sample.questions,
    )


def test_all_that_a_task_asks_for_is_found_out(examiner: Examiner, task: VideoTask) -> None:
    video = examiner.prepare(task)
    assert video.failure is None
    assert video.checked is not None
    assert (video.checked.report.sample_id, video.checked.report.file) == ("s000", "s000.mp4")
    for picture in (video.checked.strip, video.checked.reference):
        assert base64.b64decode(picture).startswith(b"\xff\xd8")  # JPEG
    (answers,) = examiner.answer([video])
    assert {name: judged.answer for name, judged in answers.items()} == dict.fromkeys(
        ("q1", "q2", "q3", "q4"), "yes"
    )
    assert examiner.measure_model_free(video)["free"].values == {"free": 1.0}
    assert examiner.measure_with_models(video)["model"].values == {"model": 2.0}
    result = video.result(answers, {})
    assert (result.video_id, result.complete, result.checked) == ("s000", True, video.checked)
    assert examiner.timer.drain().keys() == {"decode", "check", "preprocess", "judge", "metrics"}


def test_what_a_task_does_not_ask_for_is_not_done(examiner: Examiner, task: VideoTask) -> None:
    video = examiner.prepare(replace(task, check=False, metrics=(), questions=()))
    assert (video.checked, video.observation, video.judge_input) == (None, None, None)
    assert (video.held_bytes, video.tokens) == (0, 0)
    assert examiner.answer([video]) == [{}]
    assert examiner.measure_model_free(video) == {}
    assert examiner.has_model_free(task)
    assert not examiner.has_model_free(replace(task, metrics=("model",)))


def test_answers_stay_with_their_videos_where_some_are_not_asked_about(
    examiner: Examiner, task: VideoTask
) -> None:
    asked = examiner.prepare(task)
    silent = examiner.prepare(replace(task, questions=()))
    answers = examiner.answer([silent, asked, silent])
    assert [len(one) for one in answers] == [0, 4, 0]


def test_a_video_of_another_sample_is_not_judged_unless_that_is_allowed(
    case: Case, examiner: Examiner, task: VideoTask
) -> None:
    other = case.submission.videos["s001"]
    swapped = replace(task, location=str(other), digest=hash_file(other))
    video = examiner.prepare(swapped)
    assert [finding.code for finding in video.checked.report.findings] == ["swapped"]  # type: ignore[union-attr]
    assert video.judge_input is None
    assert video.observation is None
    allowed = examiner.prepare(replace(swapped, allowed_errors=("swapped",)))
    assert allowed.judge_input is not None


def test_a_file_that_is_not_the_one_of_the_task_is_refused(
    examiner: Examiner, task: VideoTask
) -> None:
    video = examiner.prepare(replace(task, digest="0" * 64))
    assert "not the file that was there before" in str(video.failure)
    assert video.checked is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DecodeError("s000.mp4: broken"), "s000.mp4: broken"),
        (MemoryError("no room"), "s000.mp4: MemoryError: no room"),
    ],
)
def test_a_video_that_breaks_a_library_fails_and_raises_nothing(
    examiner: Examiner,
    task: VideoTask,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    said: str,
) -> None:
    def decode(path: Path, **_: object) -> None:
        raise error

    monkeypatch.setattr(evaluators.engines.examine, "decode_video", decode)
    assert examiner.prepare(task).failure == said


def test_a_reference_image_that_can_t_be_read_ends_the_run(
    case: Case, examiner: Examiner, task: VideoTask
) -> None:
    case.edition.image_path(task.sample).write_bytes(b"not an image")
    with pytest.raises(UserError, match="is not an image"):
        examiner.prepare(task)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.5, 1.5])
def test_a_number_that_can_t_be_is_a_failure_of_that_metric_alone(
    case: Case, task: VideoTask, value: float
) -> None:
    odd = metric("odd", value, high=1.0)
    examiner = Examiner(case.edition, judge=None, metrics=(odd, FREE), limits=Limits())
    video = examiner.prepare(replace(task, metrics=("odd", "free"), questions=()))
    measured = examiner.measure_model_free(video)
    assert measured["odd"].values == {}
    assert "odd: expected a number in (0, 1.0)" in str(measured["odd"].reason)
    assert measured["free"].reason is None


def test_what_is_to_be_known_of_a_number_goes_with_it(case: Case, task: VideoTask) -> None:
    remarked = replace(metric("cut", 0.5, high=1.0), remark=lambda seen: "its text is too long")
    examiner = Examiner(case.edition, judge=None, metrics=(remarked,), limits=Limits())
    video = examiner.prepare(replace(task, metrics=("cut",), questions=()))
    measured = examiner.measure_model_free(video)["cut"]
    assert (measured.values, measured.reason) == ({"cut": 0.5}, "its text is too long")
