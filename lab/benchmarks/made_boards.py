"""Boards and run folders of any size for the benchmarks: 367 samples, made-up answers.

The questions are those of OmitI2V-Open, the answers random; every entry has other ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from leaderboard.entries.add import write_files
from leaderboard.entries.compression import gzip_bytes
from leaderboard.entries.entry_files import Files, edition_files, floor_files
from leaderboard.entries.entry_info import EntryInfo
from leaderboard.entries.entry_scores import SEED, mark_samples
from leaderboard.entries.names import (
    ENTRY,
    LOGS,
    MARKS,
    MEASUREMENTS,
    RESPONSES,
    RUN,
    SCORES,
    VIDEOS,
    entry_path,
    slug_of,
)
from omiti2v import load_edition
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import Record, canonical_json
from omiti2v.responses import Answer, Measurement, Response
from omiti2v.runs import EditionStamp, JudgeStamp, MetricStamp, RunInfo
from omiti2v.scores import RESAMPLES, compute_scores
from omiti2v.submissions import SubmissionInfo

METRICS = (
    "black_frame_share",
    "dynamic_degree_dis",
    "first_frame_agreement",
    "frozen_frame_share",
    "motion_magnitude_dis",
)
"""What `omiti2v score` measures without a model."""

DAY = date(2026, 1, 2)
_IDENTITY: dict[str, object] = {"name": "made-up", "protocol": "fast"}
JUDGE = JudgeStamp(
    name="made-up",
    fingerprint=hashlib.sha256(canonical_json(_IDENTITY).encode()).hexdigest(),
    identity=_IDENTITY,
)


def read_edition() -> Edition:
    """The 367 samples of OmitI2V-Open."""
    return load_edition("open")


def run_info(edition: Edition, number: int) -> RunInfo:
    """What run number `number` says of itself; ten methods on twenty backbones."""
    return RunInfo(
        submission=SubmissionInfo(
            name=f"model {number:04}", method=f"method {number % 10}", backbone=f"b{number % 20}"
        ),
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        judge=JUDGE,
        metrics={
            name: MetricStamp(
                version="1", unit="0 to 1", higher_is_better=None, bounds=(0, 1), description=name
            )
            for name in METRICS
        },
        resamples=RESAMPLES,
        seed=SEED,
        versions={"python": "3"},
    )


class MadeRun:
    """The logs of a run whose answers are right with a probability of its own.

    Args:
        edition: Its samples.
        number: Decides all numbers.
    """

    def __init__(self, edition: Edition, number: int) -> None:
        self.edition = edition
        self.info = run_info(edition, number)
        rng = np.random.default_rng(number)
        skill = rng.uniform(0.2, 0.9)
        self.answers: dict[str, dict[str, Answer]] = {}
        for sample in edition.samples:
            for question in sample.questions:
                other: Answer = "no" if question.expected_answer == "yes" else "yes"
                answer: Answer = question.expected_answer if rng.random() < skill else other
                self.answers.setdefault(sample.id, {})[question.id] = answer
        self._digests = {
            sample.id: hashlib.sha256(f"{number}/{sample.id}".encode()).hexdigest()
            for sample in edition.samples
        }
        values = rng.random((len(edition.samples), len(METRICS))).tolist()
        self.measurements = [
            Measurement(
                sample_id=sample.id,
                metric=metric,
                metric_version="1",
                value=value,
                video_sha256=self._digests[sample.id],
            )
            for sample, row in zip(edition.samples, values, strict=True)
            for metric, value in zip(METRICS, row, strict=True)
        ]

    def videos(self) -> list[VideoReport]:
        """The log of its videos."""
        return [
            VideoReport(
                sample_id=sample_id,
                file=f"{sample_id}.mp4",
                sha256=digest,
                frames=81,
                fps=16.0,
                width=832,
                height=480,
                codec="h264",
            )
            for sample_id, digest in self._digests.items()
        ]

    def responses(self) -> list[Response]:
        """The log of its judge."""
        return [
            Response(
                sample_id=sample.id,
                question_id=question.id,
                question=question.question,
                answer=(answer := self.answers[sample.id][question.id]),
                p_yes=0.9 if answer == "yes" else 0.1,
                mass=0.98,
                video_sha256=self._digests[sample.id],
                judge=JUDGE.fingerprint,
                frames="fps=8,max=64",
            )
            for sample in self.edition.samples
            for question in sample.questions
        ]

    def entry_files(self, *, logs: bool, resamples: int = RESAMPLES) -> Files:
        """The files of its entry.

        Args:
            logs: Whether the logs are whole; otherwise they are empty, which is enough where
                nobody reads them.
            resamples: Bootstrap resamples; fewer where only the numbers' presence matters.
        """
        scores = compute_scores(
            self.edition.samples,
            self.answers,
            with_video=self.edition.by_id,
            measurements=self.measurements,
            resamples=resamples,
            seed=SEED,
        )
        marks = mark_samples(self.edition.samples, self.answers, with_video=self.edition.by_id)
        contents: dict[str, bytes] = {
            ENTRY: _json(EntryInfo(badge="responses", added=DAY)),
            RUN: _json(self.info),
            SCORES: _json(scores),
            MARKS: _json(marks),
        }
        contents |= dict.fromkeys(LOGS, b"")
        if logs:
            contents[RESPONSES] = _packed(self.responses())
            contents[MEASUREMENTS] = _packed(self.measurements)
            contents[VIDEOS] = _packed(self.videos())
        slug = slug_of(self.info.submission.name)
        return {entry_path(self.edition.name, slug, name): c for name, c in contents.items()}


def write_board(
    folder: Path, edition: Edition, *, entries: int, logs: bool, resamples: int = RESAMPLES
) -> Path:
    """A board of made-up entries and the still floor.

    Args:
        folder: Made where absent; entries that are there already stay.
        edition: The edition of all entries.
        entries: How many.
        logs, resamples: As for `MadeRun.entry_files`.
    """
    write_files(folder, {**edition_files(edition), **floor_files(edition, added=DAY)})
    for number in range(entries):
        place = folder / entry_path(edition.name, slug_of(f"model {number:04}"))
        if not place.is_dir():
            files = MadeRun(edition, number).entry_files(logs=logs, resamples=resamples)
            place.mkdir(parents=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)
    return folder


def write_run(folder: Path, edition: Edition, number: int) -> Path:
    """A run folder as `omiti2v score` leaves it, without its scores."""
    made = MadeRun(edition, number)
    folder.mkdir(parents=True)
    (folder / "run.json").write_bytes(_json(made.info))
    edition.save_samples(folder / "samples.jsonl")
    logs: tuple[tuple[str, Sequence[Record]], ...] = (
        ("responses", made.responses()),
        ("measurements", made.measurements),
        ("videos", made.videos()),
    )
    for name, rows in logs:
        (folder / f"{name}.jsonl").write_bytes(b"".join(_lines(rows)))
    return folder


def _json(record: Record) -> bytes:
    return (record.model_dump_json() + "\n").encode()


def _lines(rows: Sequence[Record]) -> Iterator[bytes]:
    return (_json(row) for row in rows)


def _packed(rows: Sequence[Record]) -> bytes:
    return gzip_bytes(b"".join(_lines(rows)))
