"""A small edition, and people who answer about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.reviews.confirmed import annotated, question_key
from omiti2v.reviews.people import PersonAnswer, append_answer, reviewer_path
from omiti2v.reviews.rounds import FORMS, Form
from omiti2v.samples import Question, Sample


@pytest.fixture
def edition(tmp_path: Path, make_edition: Callable[..., Edition]) -> Edition:
    return make_edition(tmp_path / "edition", count=2)


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    return tmp_path / "edition" / "reviews"


def line(
    edition: Edition,
    sample: Sample,
    question: Question,
    form: Form,
    answer: str | None = None,
    *,
    reviewer: str = "ada",
    kind: str = "human",
) -> PersonAnswer:
    return PersonAnswer.model_validate(
        {
            "reviewer": reviewer,
            "kind": kind,
            "time": "2026-03-04T05:06:07Z",
            "form": form,
            "edition": edition.fingerprint,
            "sample_id": sample.id,
            "question_id": question.id,
            "question": question.question,
            "seen": question_key(edition, sample, question, form)[3],
            "answer": answer or annotated(question, form),
        }
    )


def confirm(edition: Edition, reviews: Path, **options: str) -> None:
    """Both right answers to the first question of the first sample."""
    sample = edition.samples[0]
    for form in FORMS:
        row = line(edition, sample, sample.questions[0], form, **options)
        append_answer(reviewer_path(reviews, row.reviewer), row)
