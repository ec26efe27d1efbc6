"""Reading a run folder: nothing foreign is accepted."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from omiti2v.editions import Edition, read_pinned_edition
from omiti2v.errors import UserError
from omiti2v.estimation.soft_scores import Chances, right_chances
from omiti2v.findings import CheckReport, Finding, VideoReport
from omiti2v.ordinary_file import open_file
from omiti2v.records import RecordT, read_record, read_records
from omiti2v.responses import Answer, Measurement, Response, match_answers, too_few_answers
from omiti2v.runs.info import RunInfo
from omiti2v.runs.paths import RunPaths
from omiti2v.samples import Sample
from omiti2v.scores import Missing, Scores, compute_scores
from omiti2v.takes import sample_of, video_order


@dataclass(frozen=True)
class Run:
    """A run folder that was read and checked against its own edition.

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

    @property
    def scored(self) -> tuple[Sample, ...]:
        """Those of them that count by the run's own rule for missing videos."""
        if self.info.missing == "zero":
            return self.samples
        there = {video.sample_id for video in self.videos}
        return tuple(sample for sample in self.samples if sample.id in there)

    @property
    def with_video(self) -> frozenset[str]:
        """The videos of the run, by their ids: see `omiti2v.takes`."""
        return frozenset(video.video_id for video in self.videos)

    @property
    def judgeable(self) -> frozenset[str]:
        """The videos that could be put to a judge."""
        allowed = ("swapped",) if self.info.allow_mismatch else ()
        return frozenset(
            video.video_id
            for video in self.videos
            if video.sha256 is not None
            and video.frames is not None
            and all(row.level != "error" or row.code in allowed for row in video.findings)
        )

    def only(self, video_ids: Container[str]) -> Run:
        """The same run with the rows of these videos alone."""
        return replace(
            self,
            responses=tuple(row for row in self.responses if row.video_id in video_ids),
            measurements=tuple(row for row in self.measurements if row.video_id in video_ids),
            videos=tuple(row for row in self.videos if row.video_id in video_ids),
        )

    @property
    def answers(self) -> dict[str, dict[str, Answer]]:
        """The answers about each video, by video and question.

        Raises:
            UserError: The log does not fit the edition.
        """
        found = match_answers(self.edition, self.responses)
        return {video: found.get(video, {}) for video in sorted(self.with_video, key=video_order)}

    @property
    def judge_unavailable(self) -> str | None:
        """Why the judge's answers make no score; see `too_few_answers`."""
        return too_few_answers(self.answers, self.judgeable)

    @property
    def right_chances(self) -> Chances | None:
        """P(right answer) of the judge's answers; see `omiti2v.estimation.soft_scores`."""
        return right_chances(self.samples, self.responses, (row.video_id for row in self.videos))

    def compute_scores(self, *, missing: Missing, resamples: int, seed: int) -> Scores:
        """The scores of the run, from its logs alone.

        Raises:
            UserError: The log does not fit the edition, or there is nothing to score.
        """
        return compute_scores(
            self.samples,
            self.answers if self.info.judge else None,
            with_video=self.with_video,
            judged=self.judgeable,
            measurements=self.measurements,
            chances=self.right_chances,
            missing=missing,
            resamples=resamples,
            seed=seed,
            metric_bounds={name: stamp.bounds for name, stamp in self.info.metrics.items()},
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
    _refuse_torn_logs(paths)
    videos = tuple(read_log(paths.videos, VideoReport))
    findings = _findings(paths, videos)
    return checked_run(
        Run(
            paths=paths,
            info=info,
            edition=edition,
            responses=tuple(read_log(paths.responses, Response)),
            measurements=tuple(read_log(paths.measurements, Measurement)),
            videos=videos,
            findings=findings,
        )
    )


def checked_run(run: Run) -> Run:
    """A run whose logs are about its own edition, videos, judge and metrics.

    Raises:
        UserError: Says what is foreign.
    """
    _refuse_foreign_edition(run.paths, run.info, run.edition)
    _refuse_foreign_rows(run)
    return run


def _refuse_foreign_edition(paths: RunPaths, info: RunInfo, edition: Edition) -> None:
    if edition.fingerprint != info.edition.fingerprint:
        raise UserError(
            f"{paths.samples}: its samples are not those of edition {info.edition.name} "
            f"{info.edition.fingerprint[:12]} that run.json names; the file was changed"
        )
    if len(edition.samples) != info.edition.samples:
        raise UserError(
            f"{paths.info}: edition.samples: {info.edition.samples}, but {paths.samples.name} has "
            f"{len(edition.samples)}"
        )
    for sample_id in info.sample_ids or ():
        if sample_id not in edition.by_id:
            raise UserError(f"{paths.info}: sample_ids: {sample_id!r} is not in the edition")


def _refuse_torn_logs(paths: RunPaths) -> None:
    """A run that has its scores has whole logs: the scores go before a log changes."""
    if not paths.scores.exists():
        return
    for path in (paths.videos, paths.responses, paths.measurements):
        remedy = "run `omiti2v score` again with the same options"
        if not path.exists():
            raise UserError(f"{path}: not there, though the run was finished; {remedy}")
        with open_file(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 1))
            if size and file.read(1) != b"\n":
                raise UserError(f"{path}: its last line is cut off; {remedy}")


def _refuse_foreign_rows(run: Run) -> None:
    """Rows must be of the run's own samples, videos, judge and metrics, and each only once."""
    paths, info = run.paths, run.info
    covered = {sample.id for sample in run.samples}
    videos = {video.video_id: video.sha256 for video in run.videos}
    for path, rows in (
        (paths.videos, ((row.video_id, "video", row.sha256) for row in run.videos)),
        (paths.responses, ((r.video_id, r.question_id, r.video_sha256) for r in run.responses)),
        (paths.measurements, ((r.video_id, r.metric, r.video_sha256) for r in run.measurements)),
    ):
        seen: set[tuple[str, str]] = set()
        for video_id, what, digest in rows:
            if sample_of(video_id) not in covered:
                sample_id = sample_of(video_id)
                raise UserError(f"{path}: sample {sample_id!r} is not one that the run covers")
            if (video_id, what) in seen:
                raise UserError(f"{path}: {video_id}/{what}: two rows, expected one")
            if video_id not in videos or videos[video_id] != digest:
                raise UserError(
                    f"{path}: {video_id}/{what}: not about the video of {paths.videos.name}"
                )
            seen.add((video_id, what))
    judge = info.judge.fingerprint if info.judge else None
    for response in run.responses:
        if response.judge != judge:
            raise UserError(
                f"{paths.responses}: {response.video_id}/{response.question_id}: answered by "
                f"judge {response.judge[:12]}, not by the one that run.json names"
            )
    for row in run.measurements:
        stamp = info.metrics.get(row.metric)
        if stamp is None or stamp.version != row.metric_version:
            named = f"version {stamp.version}" if stamp else "no such metric"
            raise UserError(
                f"{paths.measurements}: {row.video_id}: {row.metric} version "
                f"{row.metric_version}, run.json names {named}"
            )
        low, high = stamp.bounds
        if row.value is not None and (
            (low is not None and row.value < low) or (high is not None and row.value > high)
        ):
            raise UserError(
                f"{paths.measurements}: {row.video_id}: {row.metric}: expected a number from "
                f"{low} to {high}, got {row.value}"
            )


def read_run_info(folder: Path) -> RunInfo:
    """Read `run.json`.

    Raises:
        UserError: The folder is not a run folder, or the file is broken.
    """
    path = RunPaths(folder).info
    if not os.path.lexists(path):
        raise UserError(f"{folder}: not a run folder: it has no run.json; see `omiti2v score`")
    return read_record(path, RunInfo)


def _findings(paths: RunPaths, videos: Sequence[VideoReport]) -> tuple[Finding, ...]:
    """From `check.json`; while scoring has not come to its end, those of the videos so far."""
    if paths.check.exists():
        return read_record(paths.check, CheckReport).findings
    return tuple(finding for video in videos for finding in video.findings)


def read_log(path: Path, model: type[RecordT]) -> list[RecordT]:
    """The rows of a log; none where it has not been begun.

    Raises:
        UserError: The log is broken.
    """
    return read_records(path, model, torn_tail=True) if path.exists() else []
