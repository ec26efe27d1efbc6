"""Run folders: what scoring a submission leaves behind (DESIGN, section 2).

- `run.json`: what was scored, with what, and the versions of everything;
- `samples.jsonl`: the edition's samples with the digests of their images, so that the folder alone
  is enough to compute every score again;
- `responses.jsonl`, `measurements.jsonl`, `videos.jsonl`: the logs, appended while the run goes on;
- `check.json`: what was found in the submission's files;
- `scores.json`, `report.html`: computed from the rest;
- `strips/`: small pictures for the report.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal

from omiti2v.answers import match_answers
from omiti2v.editions import Edition, read_pinned_edition
from omiti2v.errors import UserError
from omiti2v.findings import CheckReport, Finding, VideoReport
from omiti2v.records import (
    Digest,
    Record,
    RecordLog,
    RecordT,
    read_record,
    read_records,
    write_atomically,
    write_records,
)
from omiti2v.responses import Measurement, Response
from omiti2v.samples import Sample, SampleId
from omiti2v.scores import Missing, Scores, compute_scores
from omiti2v.submissions import SubmissionInfo


class EditionStamp(Record):
    """The edition that a run is about."""

    name: str
    fingerprint: Digest
    samples: int


class JudgeStamp(Record):
    """The judge that answered; `identity` is everything its answers depend on."""

    name: str
    fingerprint: Digest
    identity: dict[str, Any]


class MetricStamp(Record):
    """A metric that was computed, with what a reader needs to make sense of its number.

    Attributes:
        version: Changes whenever the metric's numbers may.
        unit: As "share of frames".
        higher_is_better: None where neither direction is good in itself.
        description: One sentence.
    """

    version: str
    unit: str
    higher_is_better: bool | None
    description: str


class RunInfo(Record):
    """The contents of `run.json`.

    Attributes:
        format: Version of the run folder's form.
        submission: From `submission.yaml`.
        edition: What the questions come from.
        sample_ids: The samples that the run was limited to; None for all.
        judge: Who answered; None where only metrics were computed.
        metrics: The metrics computed, by name.
        missing: What a sample without a video counts.
        resamples, seed: Of the bootstrap.
        versions: Of the packages that the numbers depend on.
    """

    format: Literal[1] = 1
    submission: SubmissionInfo
    edition: EditionStamp
    sample_ids: tuple[SampleId, ...] | None = None
    judge: JudgeStamp | None = None
    metrics: dict[str, MetricStamp]
    missing: Missing = "zero"
    resamples: int
    seed: int
    versions: dict[str, str]


@dataclass(frozen=True)
class RunPaths:
    """Where things lie in a run folder."""

    folder: Path

    @property
    def info(self) -> Path:
        return self.folder / "run.json"

    @property
    def samples(self) -> Path:
        return self.folder / "samples.jsonl"

    @property
    def responses(self) -> Path:
        return self.folder / "responses.jsonl"

    @property
    def measurements(self) -> Path:
        return self.folder / "measurements.jsonl"

    @property
    def videos(self) -> Path:
        return self.folder / "videos.jsonl"

    @property
    def check(self) -> Path:
        return self.folder / "check.json"

    @property
    def scores(self) -> Path:
        return self.folder / "scores.json"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def strips(self) -> Path:
        return self.folder / "strips"

    def strip(self, sample_id: str) -> Path:
        """Frames of the sample's video, side by side."""
        return self.strips / f"{sample_id}.jpg"

    def reference(self, sample_id: str) -> Path:
        """The sample's reference image, small."""
        return self.strips / f"{sample_id}.reference.jpg"


@dataclass(frozen=True)
class Run:
    """A run folder that was read and held against its own edition.

    Attributes:
        paths: Where it lies.
        info: Its `run.json`.
        edition: Without images.
        responses, measurements, videos: The logs.
        findings: What was found in the submission's files, its videos' findings included.
    """

    paths: RunPaths
    info: RunInfo
    edition: Edition
    responses: tuple[Response, ...]
    measurements: tuple[Measurement, ...]
    videos: tuple[VideoReport, ...]
    findings: tuple[Finding, ...]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The samples that the run covers."""
        if self.info.sample_ids is None:
            return self.edition.samples
        return tuple(self.edition.by_id[sample_id] for sample_id in self.info.sample_ids)

    def compute_scores(self, *, missing: Missing, resamples: int, seed: int) -> Scores:
        """The scores of the run, from its logs alone.

        Raises:
            UserError: The log does not fit the edition, or there is nothing to score.
        """
        return compute_scores(
            self.samples,
            match_answers(self.edition, self.responses) if self.info.judge else None,
            with_video={video.sample_id for video in self.videos},
            measurements=self.measurements,
            missing=missing,
            resamples=resamples,
            seed=seed,
        )


def read_run(folder: Path) -> Run:
    """Read a run folder.

    Raises:
        UserError: It is missing or broken, its samples are not those of the edition it names, or a
            row names a sample that the run does not cover.
    """
    paths = RunPaths(folder)
    info = read_run_info(folder)
    edition = read_pinned_edition(paths.samples, name=info.edition.name)
    if edition.fingerprint != info.edition.fingerprint:
        raise UserError(
            f"{paths.samples}: its samples are not those of edition {info.edition.name} "
            f"{info.edition.fingerprint[:12]} that run.json names; the file was changed"
        )
    for sample_id in info.sample_ids or ():
        if sample_id not in edition.by_id:
            raise UserError(f"{paths.info}: sample_ids: {sample_id!r} is not in the edition")
    videos = tuple(_rows(paths.videos, VideoReport))
    run = Run(
        paths=paths,
        info=info,
        edition=edition,
        responses=tuple(_rows(paths.responses, Response)),
        measurements=tuple(_rows(paths.measurements, Measurement)),
        videos=videos,
        findings=_findings(paths, videos),
    )
    _refuse_foreign_rows(run)
    return run


def _refuse_foreign_rows(run: Run) -> None:
    """Rows must be of the run's own samples, judge and metrics."""
    paths, info = run.paths, run.info
    covered = {sample.id for sample in run.samples}
    for path, rows in (
        (paths.responses, run.responses),
        (paths.measurements, run.measurements),
        (paths.videos, run.videos),
    ):
        for row in rows:
            if row.sample_id not in covered:
                raise UserError(f"{path}: sample {row.sample_id!r} is not one that the run covers")
    judge = info.judge.fingerprint if info.judge else None
    for response in run.responses:
        if response.judge != judge:
            raise UserError(
                f"{paths.responses}: {response.sample_id}/{response.question_id}: answered by "
                f"judge {response.judge[:12]}, not by the one that run.json names"
            )
    for row in run.measurements:
        stamp = info.metrics.get(row.metric)
        if stamp and stamp.version != row.metric_version:
            raise UserError(
                f"{paths.measurements}: {row.sample_id}: {row.metric} has version "
                f"{row.metric_version}, run.json names {stamp.version}"
            )


def read_run_info(folder: Path) -> RunInfo:
    """Read `run.json`.

    Raises:
        UserError: The folder is not a run folder, or the file is broken.
    """
    path = RunPaths(folder).info
    if not path.is_file():
        raise UserError(f"{folder}: not a run folder: it has no run.json; see `omiti2v score`")
    return read_record(path, RunInfo)


def _findings(paths: RunPaths, videos: Sequence[VideoReport]) -> tuple[Finding, ...]:
    """From `check.json`; while scoring has not come to its end, those of the videos so far."""
    if paths.check.exists():
        return read_record(paths.check, CheckReport).findings
    return tuple(finding for video in videos for finding in video.findings)


class Log(Generic[RecordT]):
    """A log of a run folder: the rows so far, and more to come.

    Attributes:
        rows: In the order in which they were written.

    Raises:
        UserError: The file is broken or can't be written.
    """

    def __init__(self, path: Path, model: type[RecordT]) -> None:
        self.rows = _rows(path, model)
        self._path = path
        self._file = RecordLog(path)

    def add(self, rows: Sequence[RecordT]) -> None:
        """Write a batch; it is on disk when this returns."""
        if rows:
            self._file.append(rows)
            self.rows += rows

    def keep(self, wanted: Callable[[RecordT], bool]) -> None:
        """Drop the rows that are out of date."""
        kept = [row for row in self.rows if wanted(row)]
        if len(kept) != len(self.rows):
            self._file.close()
            write_records(self._path, kept)
            self._file = RecordLog(self._path)
            self.rows = kept

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RunWriter:
    """A run folder open for writing: one writer at a time, nothing already there is lost.

    Args:
        folder: Made where absent. Where it holds a run already, that run is gone on with.
        info: What is to be scored.
        edition: Its samples.

    Attributes:
        responses, measurements, videos: The logs, with the rows so far.

    Raises:
        UserError: The folder can't be written, holds another run, or is being written to.
    """

    def __init__(self, folder: Path, info: RunInfo, edition: Edition) -> None:
        self.paths = RunPaths(folder)
        with ExitStack() as stack:
            stack.callback(os.close, _lock(folder))
            if self.paths.info.exists():
                _refuse_another_run(self.paths, read_run_info(folder), info)
            elif any(folder.iterdir()):
                raise UserError(
                    f"{folder}: holds files but no run.json; give an empty or new folder to -o"
                )
            edition.save_samples(self.paths.samples)
            write_atomically(self.paths.info, info.model_dump_json(indent=2) + "\n")
            self.responses = Log(self.paths.responses, Response)
            stack.callback(self.responses.close)
            self.measurements = Log(self.paths.measurements, Measurement)
            stack.callback(self.measurements.close)
            self.videos = Log(self.paths.videos, VideoReport)
            stack.callback(self.videos.close)
            self._open = stack.pop_all()

    def close(self) -> None:
        """Close the logs and let others write."""
        self._open.close()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _rows(path: Path, model: type[RecordT]) -> list[RecordT]:
    return read_records(path, model) if path.exists() else []


def _lock(folder: Path) -> int:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UserError(f"{folder}: can't be written: {error.strerror}") from None
    try:
        # The lock goes with the process, so a killed run never leaves a stale one behind.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise UserError(f"{folder}: another process is writing to this run folder") from None
    return descriptor


def _refuse_another_run(paths: RunPaths, old: RunInfo, new: RunInfo) -> None:
    pairs = [
        ("submission", old.submission.name, new.submission.name),
        ("edition", old.edition.fingerprint[:12], new.edition.fingerprint[:12]),
        (
            "judge",
            old.judge.fingerprint[:12] if old.judge else "none",
            new.judge.fingerprint[:12] if new.judge else "none",
        ),
        ("samples", _count(old), _count(new)),
    ]
    for what, before, now in pairs:
        if before != now:
            raise UserError(
                f"{paths.folder}: holds a run with {what} {before}, this one has {now}; "
                "give another folder to -o"
            )


def _count(info: RunInfo) -> str:
    return "all" if info.sample_ids is None else f"{len(info.sample_ids)} {info.sample_ids[:3]}"
