"""Rows of a run folder, short to write down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from omiti2v.calibration import SHARES, Calibration, ContrastStamp
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.responses import Measurement, Response
from omiti2v.runs import EditionStamp, JudgeStamp, MetricStamp, Run, RunInfo
from omiti2v.scores import Estimate
from omiti2v.submissions import SubmissionInfo

DIGEST = "0" * 64
SPEED = MetricStamp(
    version="1", unit="m/s", higher_is_better=None, bounds=(0.0, None), description="Speed."
)


def info_of(edition: Edition, **changes: object) -> RunInfo:
    info = RunInfo(
        submission=SubmissionInfo(name="a model"),
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        judge=JudgeStamp(name="a judge", fingerprint=DIGEST, identity={"class": "X"}),
        metrics={"speed": SPEED},
        resamples=500,
        seed=0,
        versions={"python": "3"},
    )
    return info.model_copy(update=changes)


def response(sample_id: str, answer: str = "yes") -> Response:
    return Response.model_validate(
        {
            "sample_id": sample_id,
            "question_id": "q1",
            "question": f"Question 1 about {sample_id}?",
            "answer": answer,
            "video_sha256": DIGEST,
            "judge": DIGEST,
            "frames": "count=2",
        }
    )


def video(sample_id: str) -> VideoReport:
    return VideoReport(sample_id=sample_id, file=f"{sample_id}.mp4", sha256=DIGEST, frames=2)


def measurement(sample_id: str, **changes: object) -> Measurement:
    row = {
        "sample_id": sample_id,
        "metric": "speed",
        "metric_version": "1",
        "value": 1.0,
        "video_sha256": DIGEST,
    }
    return Measurement.model_validate(row | changes)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def calibration_of(judge: JudgeStamp) -> Calibration:
    """A calibration of a judge, in which it is right a quarter of the time."""
    shares = {name: Estimate(value=0.25, low=0.2, high=0.3, n=50) for name in SHARES}
    return Calibration(
        judge=judge,
        **{"width": 64, "height": 48, "frames": 8, "fps": 8, "scenes": 5, "seed": 0},
        questions=300,
        overall=shares,
        groups={},
        calibration_error=None,
        reliability=[],
        text_changes=None,
        text_obeyed=None,
        frame_flips=None,
    )


def on_contrast(calibration: Calibration, *, accuracy: float, **groups: object) -> Calibration:
    """The same calibration as if it were on both sets, the contrast set with this accuracy.

    There all shares are the accuracy; on drawn backgrounds they are those of all.
    """
    there = {
        name: Estimate(value=accuracy, low=accuracy / 2, high=accuracy, n=50) for name in SHARES
    }
    stamp = ContrastStamp(name="both", samples=50, recipes="5" * 64, edition="6" * 64)
    ground = {"contrast": there, "drawn": calibration.overall}
    return calibration.model_copy(
        update={"contrast": stamp, "width": None, "groups": {"ground": ground, **groups}}
    )


def silence(run: Path) -> None:
    """Have a run's judge say nothing to any question."""
    log = run / "responses.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    nothing = {"answer": "unknown", "p_yes": None, "mass": None, "reason": "it says nothing"}
    log.write_text("".join(json.dumps(row | nothing) + "\n" for row in rows))


def as_takes(runs: Mapping[int, Run], *, only: Mapping[str, set[int]] | None = None) -> Run:
    """One run whose takes are the videos of these runs; of the samples in `only` these alone."""

    def rows(name: str) -> tuple[object, ...]:
        return tuple(
            row.model_copy(update={"take": take})
            for take, run in runs.items()
            for row in getattr(run, name)
            if take in (only or {}).get(row.sample_id, runs)
        )

    changes = {name: rows(name) for name in ("responses", "measurements", "videos")}
    return replace(next(iter(runs.values())), **changes)  # type: ignore[arg-type]
