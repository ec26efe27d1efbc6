"""Fixtures: a small edition with a plan of two looks, and runs by it whose answers are known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.plan.make import make_plan
from omiti2v.plan.record import DecisionPlan
from omiti2v.plan.sizes import Assumption
from omiti2v.responses import Response
from omiti2v.runs import EditionStamp, JudgeStamp, PlanStamp, Run, RunInfo, RunWriter, read_run
from omiti2v.submissions import SubmissionInfo


@pytest.fixture(scope="session")
def planned_edition(
    make_edition: Callable[..., Edition], tmp_path_factory: pytest.TempPathFactory
) -> Edition:
    """Thirty samples, ten of each category."""
    return make_edition(tmp_path_factory.mktemp("plan") / "edition", count=30)


@pytest.fixture(scope="session")
def plan(planned_edition: Edition) -> DecisionPlan:
    """Two looks at 10 and 20 samples, for an effect of 40 points."""
    return make_plan(
        planned_edition,
        effect=0.4,
        power=0.8,
        looks=2,
        alpha=0.05,
        takes=1,
        score="success",
        assumption=Assumption(spread=0.34),
        seed=3,
    )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def planned_run(tmp_path: Path, planned_edition: Edition, plan: DecisionPlan) -> Callable[..., Run]:
    """Writes a run of a look, or lets the one that is there grow, and reads it back.

    `right` names the samples all of whose questions are answered rightly; for the others all are
    answered wrongly. `videos` distinguishes videos of the same sample, `without` names samples
    without one, and `finished` is whether the run has scores.
    """

    edition = planned_edition

    def build(
        name: str,
        look: int,
        right: Collection[str],
        *,
        videos: str = "",
        without: Collection[str] = (),
        finished: bool = True,
        judge: str = "a judge",
    ) -> Run:
        ids = tuple(sorted(plan.samples_at(look)))
        info = RunInfo(
            submission=SubmissionInfo(name=name),
            edition=EditionStamp(
                name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
            ),
            sample_ids=ids,
            plan=PlanStamp(digest=plan.digest, look=look),
            judge=JudgeStamp(name=judge, fingerprint=digest(judge), identity={}),
            metrics={},
            resamples=500,
            seed=0,
            versions={"python": "3"},
        )
        with RunWriter(tmp_path / name, info, edition) as run:
            there = {row.sample_id for row in run.videos.rows}
            samples = [edition.by_id[key] for key in ids if key not in there | set(without)]
            run.videos.add(
                [
                    VideoReport(
                        sample_id=sample.id,
                        file=f"{sample.id}.mp4",
                        sha256=digest(f"{name}/{videos}/{sample.id}"),
                        frames=2,
                    )
                    for sample in samples
                ]
            )
            wrong = {"yes": "no", "no": "yes"}
            run.responses.add(
                [
                    Response(
                        sample_id=sample.id,
                        question_id=question.id,
                        question=question.question,
                        answer=question.expected_answer
                        if sample.id in right
                        else wrong[question.expected_answer],  # type: ignore[arg-type]
                        video_sha256=digest(f"{name}/{videos}/{sample.id}"),
                        judge=digest(judge),
                        frames="count=2",
                    )
                    for sample in samples
                    for question in sample.questions
                ]
            )
        written = read_run(tmp_path / name)
        if finished:
            scores = written.compute_scores(missing="zero", resamples=100, seed=0)
            written.paths.scores.write_text(scores.model_dump_json())
        return written

    return build
