"""What is pending of a run, and how what an engine finds out is written."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from evaluators.cache import EvaluationCache
from evaluators.engines.tasks import Checked, Judged, Measured, VideoResult, VideoTask
from evaluators.frames import Limits
from evaluators.judges import Judge
from evaluators.metrics import Metric, Observation, Quantity
from evaluators.run_state import RunState, metric_version
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import Finding, VideoReport
from omiti2v.runs import JudgeStamp, MetricStamp, RunWriter
from omiti2v.submissions import read_submission

PICTURE = base64.b64encode(b"picture").decode()


def unused(observation: Observation) -> Mapping[str, float]:
    raise AssertionError("an engine measures, not the run's state")


QUANTITY = Quantity(
    name="odd", unit="", higher_is_better=None, bounds=(None, None), description="", source=""
)
METRIC = Metric(quantities=(QUANTITY,), version="1", measure=unused)
ODD = MetricStamp(
    version=metric_version(METRIC),
    unit="",
    higher_is_better=None,
    bounds=(None, None),
    description="",
)


class Case:
    """An edition of three samples, a submission to it, and a run that is opened again and again."""

    def __init__(
        self,
        edition: Edition,
        videos: Path,
        judge: Judge,
        open_run: Callable[..., RunWriter],
        cache: EvaluationCache,
    ) -> None:
        self.edition, self.videos, self.judge = edition, videos, judge
        self.open_run, self.cache = open_run, cache
        self.done: list[str] = []
        self.said: list[str] = []

    def open(
        self,
        *,
        allowed: tuple[str, ...] = (),
        videos_at: str | None = None,
        retry_costly: bool = False,
    ) -> RunState:
        self.done.clear()
        self.said.clear()
        judge = self.judge
        stamp = JudgeStamp(
            name=judge.name, fingerprint=judge.fingerprint, identity=dict(judge.identity)
        )
        self.state = RunState(
            self.edition,
            self.open_run(judge=stamp, metrics={"odd": ODD}),
            self.judge,
            self.cache,
            metrics=(METRIC,),
            allowed_errors=allowed,
            limits=Limits(),
            videos_at=videos_at,
            retry_costly=retry_costly,
            say=self.said.append,
        )
        return self.state

    def tasks(self, **options: object) -> dict[str, VideoTask]:
        state = self.open(**options)  # type: ignore[arg-type]
        submission = read_submission(self.videos, self.edition)
        pending = state.pending_tasks(self.edition.samples, submission, self.done.append)
        return {task.sample.id: task for task in pending}

    def answers(self) -> dict[str, list[str]]:
        rows = self.open_run().responses.rows
        return {
            sample.id: [row.answer for row in rows if row.sample_id == sample.id]
            for sample in self.edition.samples
        }


@pytest.fixture
def case(
    edition: Edition,
    tmp_path: Path,
    always_yes: Judge,
    open_run: Callable[..., RunWriter],
    cache: EvaluationCache,
) -> Case:
    videos = tmp_path / "videos"
    videos.mkdir()
    for sample in edition.samples:
        (videos / f"{sample.id}.mp4").write_bytes(b"video of " + sample.id.encode())
    return Case(edition, videos, always_yes, open_run, cache)


def result(task: VideoTask, *findings: Finding, complete: bool = True) -> VideoResult:
    report = VideoReport(
        sample_id=task.sample.id, file=task.file, sha256=task.digest, frames=8, findings=findings
    )
    yes = Judged(answer="yes", p_yes=1.0, mass=1.0, reason=None)
    return VideoResult(
        video_id=task.video_id,
        complete=complete,
        checked=Checked(report=report, strip=PICTURE, reference=PICTURE) if task.check else None,
        judged={question.id: yes for question in task.questions},
        measured={name: Measured(values={name: 0.5}) for name in task.metrics if complete},
    )


SWAPPED = Finding(level="error", code="swapped", subject="v", message="shows another image")


def test_of_a_new_run_everything_is_pending(case: Case) -> None:
    tasks = case.tasks()
    assert list(tasks) == ["s000", "s001", "s002"]
    task = tasks["s001"]
    assert (task.file, task.location) == ("s001.mp4", str(case.videos / "s001.mp4"))
    assert (task.check, task.metrics) == (True, ("odd",))
    assert task.questions == case.edition.samples[1].questions
    assert case.done == []


def test_of_a_run_that_was_interrupted_the_rest_is_pending(case: Case) -> None:
    tasks = case.tasks()
    case.state.record(result(tasks["s000"]))
    case.state.record(result(tasks["s001"], complete=False))
    left = case.tasks()
    assert list(left) == ["s001", "s002"]
    assert case.done == ["s000"]
    assert (left["s001"].check, left["s001"].metrics, left["s001"].questions) == (
        False,
        ("odd",),
        (),
    )


def test_what_the_cache_knows_is_logged_and_not_pending(case: Case, tmp_path: Path) -> None:
    tasks = case.tasks()
    for task in tasks.values():
        case.state.record(result(task))
    for log in ("responses", "measurements", "videos"):
        (tmp_path / "run" / f"{log}.jsonl").unlink()
    assert case.tasks() == {}
    assert case.answers() == {name: ["yes"] * 4 for name in tasks}
    assert len(case.open_run().measurements.rows) == 3


def test_what_the_cache_knows_of_a_video_that_is_checked_anew_is_logged_with_the_check(
    case: Case, edition: Edition, make_edition: Callable[..., Edition], tmp_path: Path
) -> None:
    for task in case.tasks().values():
        case.state.record(result(task))
    # Another edition with the same videos and questions: the check counts all its images.
    case.edition = make_edition(tmp_path / "larger", count=4)
    shutil.rmtree(tmp_path / "run")
    task = case.tasks()["s001"]
    assert (task.check, task.metrics, task.questions) == (True, (), ())
    case.state.record(result(task))
    # Not of the others, of which it is not yet known whether they may be judged.
    assert {name: len(found) for name, found in case.answers().items()} == {
        "s000": 0,
        "s001": 4,
        "s002": 0,
        "s003": 0,
    }
    rows = case.open_run().measurements.rows
    assert [row.value for row in rows if row.value is not None] == [0.5]


def test_a_changed_file_is_done_anew_and_the_others_are_not(case: Case) -> None:
    for task in case.tasks().values():
        case.state.record(result(task))
    (case.videos / "s001.mp4").write_bytes(b"another video")
    tasks = case.tasks()
    assert list(tasks) == ["s001"]
    assert tasks["s001"].check
    assert case.answers()["s001"] == []


def test_a_run_of_other_videos_altogether_is_refused(case: Case) -> None:
    for task in case.tasks().values():
        case.state.record(result(task))
    for path in case.videos.iterdir():
        path.write_bytes(b"another video")
    with pytest.raises(UserError, match="holds a run on other videos"):
        case.tasks()


def test_a_run_of_nothing_but_a_broken_file_may_have_it_mended(case: Case) -> None:
    case.tasks()
    case.state.record(VideoResult(video_id="s000", failure="broken"))
    (case.videos / "s000.mp4").write_bytes(b"mended")
    assert list(case.tasks()) == ["s000", "s001", "s002"]


def test_a_file_that_cannot_be_chosen_or_read_is_an_error_and_no_task(case: Case) -> None:
    (case.videos / "s000.mp4").write_bytes(b"")
    (case.videos / "s001.webm").write_bytes(b"a second file")
    assert list(case.tasks()) == ["s002"]
    assert case.done == ["s000", "s001"]
    assert case.answers() == {"s000": ["error"] * 4, "s001": ["error"] * 4, "s002": []}
    reasons = {row.sample_id: row.reason or "" for row in case.open_run().measurements.rows}
    assert "an empty file" in reasons["s000"]
    assert "2 files for one sample" in reasons["s001"]


def test_a_video_that_fails_in_an_engine_is_an_error_with_that_reason(case: Case) -> None:
    task = case.tasks()["s000"]
    case.state.record(VideoResult(video_id="s000", failure="s000.mp4: broken"))
    assert case.answers()["s000"] == ["error"] * 4
    (row,) = case.open_run().videos.rows
    assert (row.sha256, row.findings[0].message) == (task.digest, "s000.mp4: broken")


def test_a_file_that_used_up_its_time_is_an_error_and_no_task_unless_asked(case: Case) -> None:
    case.tasks()
    case.state.record(VideoResult(video_id="s000", failure="too long", failure_code="costly"))
    for _ in range(2):
        assert list(case.tasks()) == ["s001", "s002"]
        assert case.answers()["s000"] == ["error"] * 4
        (row,) = case.open_run().videos.rows
        assert (row.findings[0].code, row.findings[0].message) == ("costly", "too long")
    assert list(case.tasks(retry_costly=True)) == ["s000", "s001", "s002"]


def test_a_blocking_error_keeps_answers_out_unless_it_is_allowed(case: Case) -> None:
    task = case.tasks()["s000"]
    case.state.record(result(task, SWAPPED))
    assert case.answers()["s000"] == ["error"] * 4
    # Known to the next run without another look, and asked once it is allowed.
    assert "s000" not in case.tasks()
    task = case.tasks(allowed=("swapped",))["s000"]
    assert (task.check, len(task.questions), task.allowed_errors) == (False, 4, ("swapped",))


def test_an_engine_may_find_the_files_elsewhere(case: Case) -> None:
    task = case.tasks(videos_at="s3://bucket/folder/")["s002"]
    assert task.location == "s3://bucket/folder/s002.mp4"
