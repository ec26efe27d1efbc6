"""Reading a run folder: nothing foreign is accepted."""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from omiti2v.edition_versions import edition_label
from omiti2v.editions import Edition, read_pinned_edition
from omiti2v.errors import UserError
from omiti2v.estimation.soft_scores import Chances, right_chances
from omiti2v.findings import CheckReport, Finding, VideoReport
from omiti2v.ordinary_file import open_file
from omiti2v.records import RecordT, read_record, read_records
from omiti2v.responses import Answer, Measurement, Response, match_answers, too_few_answers
from omiti2v.runs.bad_rows import BadRow, copy_good_rows, find_bad_rows, way_out
from omiti2v.runs.info import RunInfo
from omiti2v.runs.paths import RunPaths
from omiti2v.runs.row_rules import Row, RowRules, digest_of, row_key
from omiti2v.samples import Sample
from omiti2v.scores import Missing, Scores, compute_scores
from omiti2v.takes import video_order

RowT = TypeVar("RowT", bound=Row)


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
    _refuse_foreign_edition(paths, info, edition)
    _refuse_torn_logs(paths)
    logs = read_logs(paths, info, edition)
    run = Run(
        paths=paths,
        info=info,
        edition=edition,
        responses=tuple(logs.responses),
        measurements=tuple(logs.measurements),
        videos=tuple(logs.videos),
        findings=_findings(paths, logs.videos),
    )
    _refuse_unfinished_rows(run)
    return run


@dataclass(frozen=True)
class Logs:
    """The rows of a run's logs, each once and each one that can be the run's own."""

    videos: list[VideoReport]
    responses: list[Response]
    measurements: list[Measurement]


def read_logs(paths: RunPaths, info: RunInfo, edition: Edition) -> Logs:
    """The rows of a run's logs, be it finished or not.

    Raises:
        UserError: A row is broken or foreign; the message names the line, and what drops it.
    """
    try:
        logs = Logs(
            _each_once(read_log(paths.videos, VideoReport)),
            _each_once(read_log(paths.responses, Response)),
            _each_once(read_log(paths.measurements, Measurement)),
        )
        _refuse_foreign_rows(paths, info, edition, logs)
    except UserError:
        if bad := find_bad_rows(paths, info, edition):
            raise way_out(bad, paths.folder) from None
        raise
    return logs


def _each_once(rows: list[RowT]) -> list[RowT]:
    """Rows without those that say again what one before them says: an append that was retried."""
    first: dict[tuple[str, str], RowT] = {}
    return [
        row for row in rows if (other := first.setdefault(row_key(row), row)) is row or other != row
    ]


def copy_without_bad_rows(folder: Path, target: Path) -> list[BadRow]:
    """Copy a run folder but for the rows that can't be used; the folder itself stays as it is.

    Args:
        folder: The run.
        target: A folder that is not there yet.

    Returns:
        The rows that were left out; where there is none, nothing is written.

    Raises:
        UserError: It is no run folder, a file other than a log is broken, or the copy can't be
            written.
    """
    paths = RunPaths(folder)
    info = read_run_info(folder)
    edition = read_pinned_edition(paths.samples, name=info.edition.name)
    _refuse_foreign_edition(paths, info, edition)
    return copy_good_rows(paths, info, edition, target)


def checked_run(run: Run) -> Run:
    """A run whose logs are about its own edition, videos, judge and metrics.

    Raises:
        UserError: Says what is foreign.
    """
    _refuse_foreign_edition(run.paths, run.info, run.edition)
    logs = Logs(list(run.videos), list(run.responses), list(run.measurements))
    _refuse_foreign_rows(run.paths, run.info, run.edition, logs)
    _refuse_unfinished_rows(run)
    return run


def _refuse_foreign_edition(paths: RunPaths, info: RunInfo, edition: Edition) -> None:
    if edition.fingerprint != info.edition.fingerprint:
        raise UserError(
            f"{paths.samples}: its samples are not those of edition "
            f"{edition_label(info.edition.name, info.edition.fingerprint)} that run.json names; "
            "the file was changed"
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
        if not os.path.lexists(path):
            raise UserError(f"{path}: not there, though the run was finished; {remedy}")
        with open_file(path) as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 1))
            if size and file.read(1) != b"\n":
                raise UserError(f"{path}: its last line is cut off; {remedy}")


def _refuse_foreign_rows(paths: RunPaths, info: RunInfo, edition: Edition, logs: Logs) -> None:
    """Rows must be the run's own, each only once, and all of a video about one file."""
    rules = RowRules(info, edition)
    digests: dict[str, str | None] = {}
    for path, rows in (
        (paths.videos, logs.videos),
        (paths.responses, logs.responses),
        (paths.measurements, logs.measurements),
    ):
        seen: set[tuple[str, str]] = set()
        for row in rows:
            key = row_key(row)
            problem = rules.problem(row)
            if problem is None and key in seen:
                problem = "two rows, expected one"
            if digests.setdefault(row.video_id, digest_of(row)) != digest_of(row):
                problem = problem or f"not about the video of {paths.videos.name}"
            if problem:
                raise UserError(f"{path}: {'/'.join(key)}: {problem}")
            seen.add(key)


def _refuse_unfinished_rows(run: Run) -> None:
    """What a run that was stopped may have, and `score` mends."""
    remedy = "run `omiti2v score` again"
    there = run.with_video
    for path, rows in (
        (run.paths.responses, run.responses),
        (run.paths.measurements, run.measurements),
    ):
        for row in rows:
            if row.video_id not in there:
                raise UserError(
                    f"{path}: {'/'.join(row_key(row))}: not about the video of "
                    f"{run.paths.videos.name}, which has none of this name; {remedy}"
                )
    for row in run.measurements:
        version = run.info.metrics[row.metric].version
        if row.metric_version != version:
            raise UserError(
                f"{run.paths.measurements}: {row.video_id}: {row.metric} version "
                f"{row.metric_version}, run.json names version {version}; {remedy}"
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
    if os.path.lexists(paths.check):
        return read_record(paths.check, CheckReport).findings
    return tuple(finding for video in videos for finding in video.findings)


def read_log(path: Path, model: type[RecordT]) -> list[RecordT]:
    """The rows of a log; none where it has not been begun.

    Raises:
        UserError: The log is broken.
    """
    return read_records(path, model, torn_tail=True) if os.path.lexists(path) else []
