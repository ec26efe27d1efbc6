"""Boards with runs whose answers are known."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from leaderboard.entries import Table, make_table
from leaderboard.entries.add import add_run, claimed_scores, write_files
from leaderboard.entries.board import Board, load_board
from leaderboard.entries.entry_files import floor_files
from leaderboard.entries.storage import FolderStorage
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import canonical_json, write_atomically
from omiti2v.responses import Answer, Measurement, Response
from omiti2v.runs import (
    EditionStamp,
    JudgeStamp,
    MetricStamp,
    Run,
    RunInfo,
    RunWriter,
    read_run,
)
from omiti2v.samples import Question, Sample
from omiti2v.submissions import SubmissionInfo

Rule = Callable[[Sample, Question], Answer]
DAY = date(2026, 1, 2)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def right(sample: Sample, question: Question) -> Answer:
    """The answer on a video that did the edit."""
    return question.expected_answer


def still(sample: Sample, question: Question) -> Answer:
    """The answer on a frozen copy of the reference image."""
    assert question.reference_answer
    return question.reference_answer


def stamp_of(name: str, **identity: object) -> JudgeStamp:
    parts = {"name": name, "protocol": "fast", **identity}
    return JudgeStamp(
        name=name,
        fingerprint=hashlib.sha256(canonical_json(parts).encode()).hexdigest(),
        identity=parts,
    )


@pytest.fixture
def edition(make_samples: Callable[..., tuple[Sample, ...]]) -> Edition:
    """Twelve samples, four of each category, four questions each."""
    samples = make_samples(12)
    return Edition("open", samples, {sample.id: digest(sample.id) for sample in samples}, None)


@pytest.fixture
def make_run(tmp_path: Path, edition: Edition) -> Callable[..., Run]:
    """Writes a finished run folder and reads it back.

    `answer` gives the judge's answer, `without` names the samples that have no video, `videos`
    whose the videos are (those of `name` where not given).
    """

    def build(
        name: str,
        answer: Rule | None = right,
        *,
        folder: str | None = None,
        of: Edition = edition,
        judge: JudgeStamp | None = None,
        without: Collection[str] = (),
        videos: str | None = None,
        speeds: Mapping[str, float] | None = None,
        p_yes: Mapping[str, float] | None = None,
        submission: SubmissionInfo | None = None,
        reports: Mapping[str, object] | None = None,
        **info: object,
    ) -> Run:
        stamp = judge or stamp_of("a judge")
        run_info = RunInfo(
            submission=submission or SubmissionInfo(name=name, method="AlignVid"),
            edition=EditionStamp(name=of.name, fingerprint=of.fingerprint, samples=len(of.samples)),
            judge=stamp if answer else None,
            metrics={
                "speed": MetricStamp(
                    version="1",
                    unit="m/s",
                    higher_is_better=None,
                    bounds=(0.0, None),
                    description="Speed.",
                )
            },
            resamples=200,
            seed=3,
            versions={"python": "3"},
        ).model_copy(update=info)
        covered = run_info.sample_ids or [sample.id for sample in of.samples]
        samples = [of.by_id[name] for name in covered if name not in without]
        files = {sample.id: digest(f"{videos or name}/{sample.id}") for sample in samples}
        path = tmp_path / "runs" / (folder or digest(name)[:12])
        with RunWriter(path, run_info, of) as run:
            run.videos.add(
                [
                    VideoReport(
                        sample_id=sample_id,
                        file=f"{sample_id}.mp4",
                        sha256=file,
                        frames=8,
                        fps=8.0,
                        width=64,
                        height=48,
                        codec="h264",
                    ).model_copy(update=dict(reports or {}))
                    for sample_id, file in files.items()
                ]
            )
            if answer:
                run.responses.add(
                    [
                        Response(
                            sample_id=sample.id,
                            question_id=question.id,
                            question=question.question,
                            answer=answer(sample, question),
                            p_yes=(p_yes or {}).get(answer(sample, question)),
                            video_sha256=files[sample.id],
                            judge=stamp.fingerprint,
                            frames="count=2",
                        )
                        for sample in samples
                        for question in sample.questions
                    ]
                )
            run.measurements.add(
                [
                    Measurement(
                        sample_id=sample_id,
                        metric="speed",
                        metric_version="1",
                        value=value,
                        video_sha256=files[sample_id],
                    )
                    for sample_id, value in (speeds or {}).items()
                ]
            )
        read = read_run(path)
        write_atomically(read.paths.scores, claimed_scores(read).model_dump_json(indent=2) + "\n")
        return read

    return build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the board lies."""
    path = tmp_path / "board"
    path.mkdir()
    return path


@pytest.fixture
def add(folder: Path) -> Callable[..., str]:
    """Puts runs onto the board; gives the id of the last one."""

    def put(*runs: Run) -> str:
        return [add_run(run.paths.folder, folder, added=DAY, new_edition=True).id for run in runs][
            -1
        ]

    return put


@pytest.fixture
def load(folder: Path) -> Callable[[], Board]:
    """Reads the board."""
    return lambda: load_board(FolderStorage(folder))


@pytest.fixture
def change_log(folder: Path) -> Callable[..., None]:
    """Rewrites the rows of an entry's log: `change` gets each as a dict and gives it back."""

    def rewrite(entry_id: str, name: str, change: Callable[[dict[str, object]], object]) -> None:
        path = folder / "entries" / entry_id / name
        rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
        kept = [row for row in map(change, rows) if row is not None]
        path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in kept).encode()))

    return rewrite


@pytest.fixture
def change_json(folder: Path) -> Callable[..., None]:
    """Sets a value in an entry's JSON file, at a path of keys."""

    def rewrite(entry_id: str, name: str, keys: Sequence[str], value: object) -> None:
        path = folder / "entries" / entry_id / name
        document = json.loads(path.read_text())
        *parents, last = keys
        place = document
        for key in parents:
            place = place[key]
        place[last] = value
        path.write_text(json.dumps(document))

    return rewrite


def mixed(sample: Sample, question: Question) -> str:
    """Answers of every kind, the same on every run of the test."""
    kinds = ("yes", "no", "yes", "unknown", "no", "error", "no", "yes", "yes", "no")
    return kinds[zlib.crc32(f"{sample.id}{question.id}".encode()) % len(kinds)]


@pytest.fixture
def board(
    make_run: Callable[..., Run],
    add: Callable[..., str],
    load: Callable[[], Board],
    folder: Path,
    edition: Edition,
) -> Board:
    """A perfect, a still, a mixed and an incomplete entry, one by another judge, and the floor."""
    speeds = {"s001": 0.25, "s004": 1.5}
    add(make_run("perfect", speeds=speeds), make_run("frozen", still))
    add(make_run("mixed", mixed), make_run("half", without=["s000", "s001", "s002"]))
    add(make_run("perfect", folder="other judge", judge=stamp_of("another judge")))
    add(make_run("unjudged", None))
    write_files(folder, floor_files(edition, added=DAY))
    board = load()
    assert not board.broken
    return board


def tables(board: Board) -> list[Table]:
    return [make_table(board, key) for key in board.tables]
