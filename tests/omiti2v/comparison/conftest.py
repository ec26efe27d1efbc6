"""Run folders whose answers are known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
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


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    """Twelve samples, four of each category, four questions each."""
    return make_edition(tmp_path / "edition", count=12)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Writes a run folder and reads it back.

    `answer` gives the judge's answer; without it there is no judge. `without` names the samples
    that have no video, `speeds` the values of a metric by sample, `videos` whose the videos are,
    `p_yes` what the judge gives for every question.
    """

    def build(
        edition: Edition,
        name: str,
        answer: Rule | None = None,
        *,
        judge: str = "a judge",
        without: Collection[str] = (),
        speeds: Mapping[str, float | None] | None = None,
        metric_version: str = "1",
        videos: str | None = None,
        p_yes: float | None = None,
        **info: object,
    ) -> Run:
        speed = MetricStamp(
            version=metric_version, unit="m/s", higher_is_better=None, description="Speed."
        )
        stamp = RunInfo(
            submission=SubmissionInfo(name=name),
            edition=EditionStamp(
                name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
            ),
            judge=JudgeStamp(name=judge, fingerprint=digest(judge), identity={})
            if answer
            else None,
            metrics={"speed": speed} if speeds is not None else {},
            resamples=500,
            seed=0,
            versions={"python": "3"},
        ).model_copy(update=info)
        ids = stamp.sample_ids or [sample.id for sample in edition.samples]
        samples = [edition.by_id[name] for name in ids if name not in without]
        videos_of = {sample.id: digest(f"{videos or name}/{sample.id}") for sample in samples}
        with RunWriter(tmp_path / name, stamp, edition) as run:
            run.videos.add(
                [
                    VideoReport(sample_id=name, file=f"{name}.mp4", sha256=video, frames=2)
                    for name, video in videos_of.items()
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
                            p_yes=p_yes,
                            video_sha256=videos_of[sample.id],
                            judge=digest(judge),
                            frames="count=2",
                        )
                        for sample in samples
                        for question in sample.questions
                    ]
                )
            run.measurements.add(
                [
                    Measurement(
                        sample_id=name,
                        metric="speed",
                        metric_version=metric_version,
                        value=value,
                        reason=None if value is not None else "too short",
                        video_sha256=videos_of[name],
                    )
                    for name, value in (speeds or {}).items()
                ]
            )
        return read_run(tmp_path / name)

    return build
