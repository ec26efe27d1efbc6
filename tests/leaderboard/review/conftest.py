"""A small edition to verify, and a run whose judge errs where we know it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from omiti2v.editions import Edition, load_edition_folder
from omiti2v.findings import VideoReport
from omiti2v.mp4 import write_mp4
from omiti2v.records import canonical_json
from omiti2v.responses import Response
from omiti2v.reviews.people import AskedForm, PersonAnswer, Verdict
from omiti2v.runs import EditionStamp, JudgeStamp, Run, RunInfo, RunWriter, read_run
from omiti2v.submissions import SubmissionInfo

EVIL = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> :red[x] Is it so?"


@pytest.fixture
def annotations(tmp_path: Path, make_edition: Callable[..., Edition]) -> Path:
    folder = tmp_path / "annotations"
    make_edition(folder, count=3)
    (folder / "edition.json").write_text(json.dumps({"name": "small"}))
    return folder


@pytest.fixture
def edition(annotations: Path) -> Edition:
    return load_edition_folder(annotations)


@pytest.fixture
def given() -> Callable[..., PersonAnswer]:
    """Builds a line of a reviewer's file."""

    def build(
        key: tuple[AskedForm, str, str, str],
        answer: Verdict | str,
        *,
        reviewer: str = "ada",
        kind: str = "human",
        note: str | None = None,
    ) -> PersonAnswer:
        form, sample_id, question_id, seen = key
        return PersonAnswer.model_validate(
            {
                "reviewer": reviewer,
                "kind": kind,
                "time": "2026-03-04T05:06:07Z",
                "form": form,
                "edition": "0" * 64,
                "sample_id": sample_id,
                "question_id": question_id,
                "question": "As it stood?",
                "seen": seen,
                "answer": answer,
                "note": note,
            }
        )

    return build


@pytest.fixture
def videos(tmp_path: Path, edition: Edition) -> Path:
    """A moving clip for each sample."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for number, sample in enumerate(edition.samples):
        frames = np.full((12, 96, 128, 3), 60 + 60 * number, np.uint8)
        for step in range(12):
            frames[step, 30:60, 8 * step : 8 * step + 24] = (230, 40, 40)
        write_mp4(folder / f"{sample.id}.mp4", frames, fps=8)
    return folder


@pytest.fixture
def run(tmp_path: Path, edition: Edition, videos: Path) -> Run:
    """A judge that is always as expected, but says yes to s000.q2 and nothing to s001.q1."""
    identity: dict[str, object] = {"name": "judge-32B"}
    judge = JudgeStamp(
        name="judge-32B",
        fingerprint=hashlib.sha256(canonical_json(identity).encode()).hexdigest(),
        identity=identity,
    )
    info = RunInfo(
        submission=SubmissionInfo(name="A submission"),
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        judge=judge,
        metrics={},
        resamples=100,
        seed=1,
        versions={"python": "3"},
    )
    sha256 = {
        sample.id: hashlib.sha256((videos / f"{sample.id}.mp4").read_bytes()).hexdigest()
        for sample in edition.samples
    }
    special = {("s000", "q2"): "yes", ("s001", "q1"): "unknown"}
    folder = tmp_path / "run"
    with RunWriter(folder, info, edition) as writer:
        writer.videos.add(
            [
                VideoReport(
                    sample_id=name,
                    file=f"{name}.mp4",
                    sha256=digest,
                    frames=12,
                    fps=8.0,
                    width=128,
                    height=96,
                    codec="h264",
                )
                for name, digest in sha256.items()
            ]
        )
        writer.responses.add(
            [
                Response.model_validate(
                    {
                        "sample_id": sample.id,
                        "question_id": question.id,
                        "question": question.question,
                        "answer": special.get((sample.id, question.id), question.expected_answer),
                        "video_sha256": sha256[sample.id],
                        "judge": judge.fingerprint,
                        "frames": "count=2",
                    }
                )
                for sample in edition.samples
                for question in sample.questions
            ]
        )
    return read_run(folder)


@pytest.fixture
def hostile(annotations: Path) -> Path:
    """The edition with markup in every prompt and question."""
    path = annotations / "samples.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row["prompt"] = EVIL
        for question in row["questions"]:
            question["question"] = EVIL
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return annotations
