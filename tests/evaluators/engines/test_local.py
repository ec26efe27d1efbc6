"""One process: reading runs ahead of the judge, and never too far."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from costly_video import write_costly_video
from engine_cases import Case, assert_same_records

import evaluators.engines.examine
from evaluators.engines import StageTimer
from evaluators.engines.examine import Examiner
from evaluators.engines.local import LocalEngine, Pipeline
from evaluators.engines.tasks import VideoResult, VideoTask, metric_id
from evaluators.frames import Clip, FrameRule, Limits, Video, hash_file
from evaluators.judges import Judge, Judgement, fingerprint_of
from evaluators.metrics import MODEL_FREE_METRICS, Metric, Observation, Quantity
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.errors import UserError
from omiti2v.responses import Response
from omiti2v.runs import read_run


@dataclass(frozen=True)
class Parcel:
    """What `BatchingJudge` prepares."""

    clip: Clip
    questions: Sequence[str]

    @property
    def tokens(self) -> int:
        return len(self.clip.frames)


@dataclass
class BatchingJudge:
    """Takes three clips at once, answers from their brightness, and notes what it was given."""

    name: str = "batching"
    frame_rule: FrameRule = field(default_factory=lambda: FrameRule(count=4))
    batch_clips: int = 3
    fails_on: str = ""
    fails_together: bool = False
    batches: list[int] = field(default_factory=list)

    @property
    def identity(self) -> Mapping[str, object]:
        return {"class": "BatchingJudge"}

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.identity)

    def prepare(self, clip: Clip, questions: Sequence[str]) -> Parcel:
        assert threading.current_thread() is not threading.main_thread()
        return Parcel(clip, questions)

    def answer(self, batch: Sequence[Parcel]) -> list[list[Judgement]]:
        assert threading.current_thread() is threading.main_thread()
        self.batches.append(len(batch))
        if self.fails_together and len(batch) > 1:
            raise RuntimeError("out of memory")
        if any(self.fails_on and self.fails_on in parcel.questions[0] for parcel in batch):
            raise RuntimeError("a clip that it can't bear")
        return [self._answers(parcel) for parcel in batch]

    def judge(self, clip: Clip, questions: Sequence[str]) -> list[Judgement]:
        return self._answers(Parcel(clip, questions))

    def _answers(self, parcel: Parcel) -> list[Judgement]:
        p_yes = float(parcel.clip.frames.mean()) / 255
        return [Judgement("yes" if p_yes > 0.5 else "no", p_yes, 1.0) for _ in parcel.questions]


def tasks_of(case: Case) -> list[VideoTask]:
    return [
        VideoTask(
            sample=sample,
            location=str(case.submission.videos[sample.id]),
            file=case.submission.videos[sample.id].name,
            digest=hash_file(case.submission.videos[sample.id]),
            check=True,
            questions=sample.questions,
        )
        for sample in case.edition.samples
    ]


def test_videos_are_judged_in_batches_with_the_same_records(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(7)
    judge = BatchingJudge()
    run = case.run("batches", judge)
    assert judge.batches == [3, 3, 1]
    assert_same_records(run, case.run("alone", BatchingJudge(batch_clips=1)))


@pytest.mark.parametrize(
    "judge", [BatchingJudge(fails_together=True), BatchingJudge(fails_on="s001")]
)
def test_a_clip_that_breaks_a_batch_costs_the_others_nothing(
    make_case: Callable[[int], Case], judge: BatchingJudge
) -> None:
    run = make_case(4).run("run", judge)
    failed = {row.sample_id for row in run.responses if row.answer == "error"}
    assert failed == ({"s001"} if judge.fails_on else set())
    assert len(run.responses) == 4 * 4


def test_a_video_that_breaks_a_library_is_an_error_and_the_run_goes_on(
    make_case: Callable[[int], Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = make_case(4)
    original = evaluators.engines.examine.decode_video
    unlucky = case.edition.samples[1].id

    def decode(path: Path, **options: object) -> Video:
        if path == case.submission.videos[unlucky]:
            raise MemoryError("no room for its frames")
        return original(path, **options)  # type: ignore[arg-type]

    def score() -> list[Response]:
        score_submission(
            case.submission,
            case.edition,
            tmp_path / "run",
            judge=BatchingJudge(),
            cache=None,
            options=ScoringOptions(),
        )
        responses = read_run(tmp_path / "run").responses
        assert len(responses) == 4 * 4
        return [row for row in responses if row.answer == "error"]

    monkeypatch.setattr(evaluators.engines.examine, "decode_video", decode)
    failed = score()
    assert {row.sample_id for row in failed} == {unlucky}
    assert all("no room for its frames" in (row.reason or "") for row in failed)
    # Memory may be there the next time.
    monkeypatch.undo()
    assert score() == []


def test_a_file_that_takes_long_keeps_no_other_waiting(
    make_case: Callable[[int], Case], always_yes: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluators.engines.local.ORDER_SECONDS", 0.1)
    case = make_case(4)
    tasks = tasks_of(case)
    path = write_costly_video(Path(tasks[0].location), scans=20_000)
    tasks[0] = replace(tasks[0], digest=hash_file(path))
    limits = Limits(max_decode_seconds=1)
    engine = LocalEngine(Examiner(case.edition, judge=always_yes, metrics=(), limits=limits))
    results = [result for batch in engine.run(tasks) for result in batch.results]
    assert results[-1].video_id == tasks[0].video_id
    assert [r.failure_code for r in results if r.failure is not None] == ["costly"]


def test_reading_stops_at_its_bound_until_the_judge_has_taken_some(
    make_case: Callable[[int], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(12)
    original = evaluators.engines.examine.decode_video
    alive = threading.Semaphore(0)
    decoded: list[str] = []

    def decode(path: Path, **options: object) -> Video:
        decoded.append(path.name)
        alive.release()
        return original(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluators.engines.examine, "decode_video", decode)
    examiner = case.worker_setup().examiner(None)
    with Pipeline(examiner, readers=2, ahead=3) as pipeline:
        tasks = iter(tasks_of(case))
        while pipeline.has_room:
            pipeline.submit(next(tasks))
        for _ in range(4):
            assert alive.acquire(timeout=30)
        time.sleep(0.05)
        assert len(decoded) == 4
        assert len(pipeline.take().results) == 1
        assert pipeline.has_room
        pipeline.submit(next(tasks))
        assert not pipeline.has_room


def test_no_video_is_let_in_while_those_inside_hold_too_much(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(4)
    with Pipeline(case.worker_setup().examiner(None), ahead=3, held_bytes=1) as pipeline:
        first, second, *_ = tasks_of(case)
        pipeline.submit(first)
        while pipeline.has_room:
            time.sleep(0.001)  # it is being read
        assert not pipeline.idle
        pipeline.take()
        assert pipeline.has_room
        pipeline.submit(second)


def test_of_those_let_in_none_is_begun_while_those_that_wait_hold_too_much(
    make_case: Callable[[int], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(9)
    original = evaluators.engines.examine.decode_video
    decoded: list[str] = []

    def decode(path: Path, **options: object) -> Video:
        decoded.append(path.name)
        return original(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluators.engines.examine, "decode_video", decode)
    examiner = Examiner(
        case.edition,
        judge=BatchingJudge(batch_clips=8),
        metrics=MODEL_FREE_METRICS,
        limits=Limits(),
    )
    names = tuple(metric_id(metric) for metric in MODEL_FREE_METRICS)
    results: list[VideoResult] = []
    with Pipeline(examiner, readers=2, held_bytes=1) as pipeline:
        for task in tasks_of(case):
            pipeline.submit(VideoTask(**{**vars(task), "metrics": names}))
        time.sleep(0.3)
        # Each reader may have begun one before the first was there.
        assert len(decoded) <= 2
        while not pipeline.idle:
            results += pipeline.take().results
    complete = [result.video_id for result in results if result.complete]
    assert sorted(complete) == [sample.id for sample in case.edition.samples]
    assert sum(len(result.judged) for result in results) == 4 * 9
    assert sum(len(result.measured) for result in results) == len(names) * 9


def test_a_reference_image_that_cannot_be_read_is_said_when_the_video_is_taken(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(1)
    (task,) = tasks_of(case)
    case.edition.image_path(task.sample).write_bytes(b"not an image")
    with Pipeline(case.worker_setup().examiner(None)) as pipeline:
        pipeline.submit(task)
        for _ in range(100):
            assert pipeline.has_room
            time.sleep(0.002)
        with pytest.raises(UserError, match="is not an image"):
            pipeline.take()


def test_answers_are_given_out_before_slow_metrics_are_done(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(1)
    release = threading.Event()

    def measure(observation: Observation) -> Mapping[str, float]:
        assert release.wait(30)
        return {"slow": 1.0}

    quantity = Quantity(
        name="slow", unit="", higher_is_better=None, bounds=(0, 1), description="", source=""
    )
    slow = Metric(quantities=(quantity,), version="1", measure=measure)
    examiner = Examiner(case.edition, judge=BatchingJudge(), metrics=(slow,), limits=Limits())
    (task,) = tasks_of(case)
    with Pipeline(examiner) as pipeline:
        pipeline.submit(VideoTask(**{**vars(task), "metrics": ("slow",)}))
        (part,) = pipeline.take().results
        assert (part.complete, len(part.judged), part.measured) == (False, 4, {})
        release.set()
        (rest,) = pipeline.take().results
        assert (rest.complete, rest.judged) == (True, {})
        assert rest.measured["slow"].values == {"slow": 1.0}
        assert pipeline.idle


def test_the_next_clips_are_prepared_while_the_judge_answers(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(8)
    prepared = threading.Semaphore(0)

    class Patient(BatchingJudge):
        """Answers about a clip once the next one is there: without an overlap, never."""

        def prepare(self, clip: Clip, questions: Sequence[str]) -> Parcel:
            prepared.release()
            return super().prepare(clip, questions)

        def answer(self, batch: Sequence[Parcel]) -> list[list[Judgement]]:
            # One for this clip, taken before, and one for the next.
            for _ in range(2 if not self.batches else len(self.batches) < 7):
                assert prepared.acquire(timeout=60)
            return super().answer(batch)

    timer = StageTimer()
    score_submission(
        case.submission,
        case.edition,
        case.folder / "run",
        judge=Patient(batch_clips=1),
        cache=None,
        options=ScoringOptions(resamples=100),
        timer=timer,
    )
    run = read_run(case.folder / "run")
    assert [row.answer for row in run.responses].count("error") == 0
    assert len(run.responses) == 4 * 8
    assert timer.drain().keys() >= {"decode", "check", "preprocess", "judge", "waiting for frames"}


def test_a_file_that_changes_in_mid_run_is_not_scored_as_what_it_was(
    make_case: Callable[[int], Case],
) -> None:
    case = make_case(1)
    (task,) = tasks_of(case)
    path = Path(task.location)
    path.write_bytes(path.read_bytes() + b"\0\0\0\x08free")
    with Pipeline(case.worker_setup().examiner(None)) as pipeline:
        pipeline.submit(task)
        (result,) = pipeline.take().results
    assert "not the file that was there before" in str(result.failure)
