"""Boards and runs of any size for the benchmarks: 367 samples, made-up answers.

The questions are those of OmitI2V-Open, the answers random; every run has other ones.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np

from leaderboard.entries import names
from leaderboard.entries.add import write_files
from leaderboard.entries.entry_files import (
    Files,
    as_json_file,
    edition_files,
    entry_files,
    floor_files,
)
from leaderboard.entries.entry_info import EntryInfo
from leaderboard.entries.entry_scores import SEED, mark_samples
from leaderboard.entries.known_metrics import KNOWN
from omiti2v import load_edition
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import canonical_json, write_atomically, write_records
from omiti2v.responses import Answer, Measurement, Response, match_answers
from omiti2v.runs import EditionStamp, JudgeStamp, MetricStamp, Run, RunInfo, RunPaths
from omiti2v.scores import RESAMPLES
from omiti2v.submissions import SubmissionInfo

METRICS = (
    "black_frame_share",
    "dynamic_degree_dis",
    "first_frame_agreement",
    "frozen_frame_share",
    "motion_magnitude_dis",
)
"""What `omiti2v score` measures without a model."""

FEW_RESAMPLES = 200
INFO = EntryInfo(badge="responses", added=date(2026, 1, 2))
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
                version="1", unit=unit, higher_is_better=better, bounds=bounds, description=name
            )
            for name in METRICS
            for unit, better, bounds in [KNOWN[name]]
        },
        resamples=RESAMPLES,
        seed=SEED,
        versions={"python": "3"},
    )


def made_run(edition: Edition, number: int) -> Run:
    """A run in memory whose answers are right with a probability of its own.

    Args:
        edition: Its samples.
        number: Decides all numbers.
    """
    rng = np.random.default_rng(number)
    skill = rng.uniform(0.2, 0.9)
    digests = {
        sample.id: hashlib.sha256(f"{number}/{sample.id}".encode()).hexdigest()
        for sample in edition.samples
    }
    responses = []
    for sample in edition.samples:
        for question in sample.questions:
            other: Answer = "no" if question.expected_answer == "yes" else "yes"
            answer = question.expected_answer if rng.random() < skill else other
            responses.append(
                Response(
                    sample_id=sample.id,
                    question_id=question.id,
                    question=question.question,
                    answer=answer,
                    p_yes=0.9 if answer == "yes" else 0.1,
                    mass=0.98,
                    video_sha256=digests[sample.id],
                    judge=JUDGE.fingerprint,
                    frames="fps=8,max=64",
                )
            )
    values = rng.random((len(edition.samples), len(METRICS))).tolist()
    measurements = [
        Measurement(
            sample_id=sample.id,
            metric=metric,
            metric_version="1",
            value=value,
            video_sha256=digests[sample.id],
        )
        for sample, row in zip(edition.samples, values, strict=True)
        for metric, value in zip(METRICS, row, strict=True)
    ]
    videos = [
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
        for sample_id, digest in digests.items()
    ]
    return Run(
        paths=RunPaths(Path(f"run-{number}")),
        info=run_info(edition, number),
        edition=edition,
        responses=tuple(responses),
        measurements=tuple(measurements),
        videos=tuple(videos),
        findings=(),
    )


def write_board(folder: Path, edition: Edition, *, entries: int, logs: bool) -> Path:
    """A board of made-up entries and the still floor.

    Args:
        folder: Made where absent; entries that are there already stay.
        edition: The edition of all entries.
        entries: How many.
        logs: Whether the entries are whole; otherwise their logs are empty and their intervals are
            of few resamples, which is enough where nobody reads the logs.
    """
    write_files(folder, {**edition_files(edition), **floor_files(edition, added=INFO.added)})
    for number in range(entries):
        place = folder / names.entry_path(edition.name, names.slug_of(f"model {number:04}"))
        if not place.is_dir():
            run = made_run(edition, number)
            write_files(folder, entry_files(run, INFO) if logs else _without_logs(run))
    return folder


def _without_logs(run: Run) -> Files:
    answers = match_answers(run.edition, run.responses)
    marks = mark_samples(run.samples, answers, with_video=run.edition.by_id)
    scores = run.compute_scores(missing="zero", resamples=FEW_RESAMPLES, seed=SEED)
    contents = {
        names.ENTRY: as_json_file(INFO),
        names.RUN: as_json_file(run.info),
        names.SCORES: as_json_file(scores),
        names.MARKS: as_json_file(marks, indent=None),
    }
    slug = names.slug_of(run.info.submission.name)
    return {
        names.entry_path(run.info.edition.name, slug, name): content
        for name, content in (contents | dict.fromkeys(names.LOGS, b"")).items()
    }


def write_run(folder: Path, edition: Edition, number: int) -> Path:
    """A run folder as `omiti2v score` leaves it, without its scores."""
    run, paths = made_run(edition, number), RunPaths(folder)
    folder.mkdir(parents=True)
    write_atomically(paths.info, as_json_file(run.info).decode())
    edition.save_samples(paths.samples)
    write_records(paths.responses, run.responses)
    write_records(paths.measurements, run.measurements)
    write_records(paths.videos, run.videos)
    return folder
