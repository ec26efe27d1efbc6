"""Answers of people about runs, short to write down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from omiti2v.estimation.people_answers import video_key
from omiti2v.records import write_records
from omiti2v.reviews.people import PersonAnswer
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

Says = Callable[[Sample, Question], str]


def say(
    run: Run,
    samples: Collection[str],
    says: Says,
    *,
    reviewer: str = "ada",
    kind: str = "human",
) -> list[PersonAnswer]:
    """All questions about the videos of some samples, answered by one reviewer."""
    return [
        PersonAnswer.model_validate(
            {
                "reviewer": reviewer,
                "kind": kind,
                "time": "2026-03-04T05:06:07Z",
                "form": "video",
                "edition": "0" * 64,
                "sample_id": video.sample_id,
                "question_id": question.id,
                "question": question.question,
                "seen": video_key(video, question)[3],
                "answer": says(run.edition.by_id[video.sample_id], question),
            }
        )
        for video in run.videos
        if video.sample_id in samples
        for question in run.edition.by_id[video.sample_id].questions
    ]


def write_reviews(run: Run, rows: Sequence[PersonAnswer]) -> Path:
    """The rows in the run's folder of reviews."""
    folder = run.paths.folder / "reviews"
    folder.mkdir(exist_ok=True)
    for reviewer in {row.reviewer for row in rows}:
        write_records(folder / f"{reviewer}.jsonl", [r for r in rows if r.reviewer == reviewer])
    return folder
