"""What goes to an engine and what comes back: plain data that crosses processes and machines."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

from evaluators.metrics import Metric
from omiti2v.findings import Code, VideoReport
from omiti2v.records import Record
from omiti2v.responses import Answer, Probability, Reason
from omiti2v.samples import Question, Sample
from omiti2v.takes import SampleVideo

Stage = Literal[
    "fetch",
    "decode",
    "check",
    "preprocess",
    "judge",
    "metrics",
    "waiting for frames",
    "waiting for metrics",
    "planning",
    "writing",
]
"""Where the time of a run goes: `waiting ...`, `judge`, `planning` and `writing` one after another,
the rest beside them."""


class Checked(Record):
    """What a check of a video found; strip and reference are JPEG files in base64."""

    report: VideoReport
    strip: str
    reference: str


class Judged(Record):
    """A judge's answer to one question about a video; see `Response`."""

    answer: Answer
    p_yes: Probability | None
    mass: Probability | None
    reason: Reason | None


class Measured(Record):
    """A metric's numbers of a video and what is to be known of them, or why there are none."""

    values: dict[str, float]
    reason: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class VideoTask:
    """What is to be done with one video.

    Attributes:
        sample, take: Which video.
        location: The file's path, or an address that fsspec knows.
        file: Its name in the submission, for reports.
        digest: SHA-256 of its bytes when the task was made.
        check: Whether to check it.
        allowed_errors: Codes of error findings that do not keep it from being measured and judged.
        metrics: The metrics to measure, by `metric_id`.
        questions: What to ask.
    """

    sample: Sample
    take: int | None = None
    location: str
    file: str
    digest: str
    check: bool
    allowed_errors: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def video(self) -> SampleVideo:
        """Which video."""
        return SampleVideo(self.sample, self.take)

    @property
    def video_id(self) -> str:
        """What the video is called."""
        return self.video.id


@dataclass(frozen=True, kw_only=True)
class VideoResult:
    """What was found out about one video: all of it, or a part with more to come.

    Attributes:
        video_id: The video; see `omiti2v.takes`.
        complete: Whether this is the last part.
        failure: Why the video can't be used; nothing else is given then.
        failure_code: What kind of finding that is.
        checked: The check, where one was asked for.
        judged: The answer to each question that was asked, by the question's id.
        measured: The numbers of each metric that was measured, by `metric_id`.
    """

    video_id: str
    complete: bool = True
    failure: str | None = None
    failure_code: Code = "undecodable"
    checked: Checked | None = None
    judged: Mapping[str, Judged] = field(default_factory=dict)
    measured: Mapping[str, Measured] = field(default_factory=dict)


@dataclass(frozen=True)
class ResultBatch:
    """Results that came together, and the time by stage since the batch before."""

    results: Sequence[VideoResult]
    seconds: Mapping[Stage, float]


class StageTimer:
    """Seconds by stage, from any thread."""

    def __init__(self) -> None:
        self._seconds: dict[Stage, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def time(self, stage: Stage) -> Iterator[None]:
        """Add the time of a block to a stage."""
        start = perf_counter()
        try:
            yield
        finally:
            self.add({stage: perf_counter() - start})

    def add(self, seconds: Mapping[Stage, float]) -> None:
        """Add times that were taken elsewhere."""
        with self._lock:
            for stage, more in seconds.items():
                self._seconds[stage] = self._seconds.get(stage, 0.0) + more

    def drain(self) -> dict[Stage, float]:
        """The seconds so far; it starts again from none."""
        with self._lock:
            seconds, self._seconds = self._seconds, {}
        return seconds


def blocking_error(report: VideoReport, allowed_errors: tuple[str, ...]) -> str | None:
    """Why a video that was checked can't be judged; None where it can."""
    for finding in report.findings:
        if finding.level == "error" and finding.code not in allowed_errors:
            return finding.message
    return None


def metric_id(metric: Metric) -> str:
    """What a metric is called in a task: the name of its first quantity."""
    return metric.quantities[0].name
