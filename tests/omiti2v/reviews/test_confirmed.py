"""What people have confirmed follows from their answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.reviews.confirmed import with_confirmations
from omiti2v.reviews.people import (
    append_answer,
    read_people,
)

from .conftest import confirm, line


def confirmed(edition: Edition, reviews: Path) -> list[tuple[str, str]]:
    return [
        (sample.id, question.id)
        for sample in with_confirmations(edition, reviews).samples
        for question in sample.questions
        if question.human_verified
    ]


def test_nothing_is_confirmed_without_reviews(edition: Edition, reviews: Path) -> None:
    assert confirmed(edition, reviews) == []
    assert read_people(reviews) == {}


def test_a_question_is_confirmed_by_one_person_in_both_forms(
    edition: Edition, reviews: Path
) -> None:
    sample = edition.samples[0]
    append_answer(reviews / "ada.jsonl", line(edition, sample, sample.questions[0], "reference"))
    assert confirmed(edition, reviews) == []
    append_answer(
        reviews / "bob.jsonl", line(edition, sample, sample.questions[0], "edit", reviewer="bob")
    )
    assert confirmed(edition, reviews) == [("s000", "q1")]


@pytest.mark.parametrize("answer", ["no", "unclear"])
def test_one_person_who_differs_keeps_a_question_open_until_they_answer_anew(
    edition: Edition, reviews: Path, answer: str
) -> None:
    confirm(edition, reviews)
    sample = edition.samples[0]
    path = reviews / "bob.jsonl"
    for given, expected in ((answer, []), ("withdrawn", [("s000", "q1")]), (answer, [])):
        append_answer(
            path, line(edition, sample, sample.questions[0], "edit", given, reviewer="bob")
        )
        assert confirmed(edition, reviews) == expected
    append_answer(path, line(edition, sample, sample.questions[0], "edit", reviewer="bob"))
    assert confirmed(edition, reviews) == [("s000", "q1")]


def test_machine_reviews_never_count_as_human(edition: Edition, reviews: Path) -> None:
    confirm(edition, reviews, reviewer="model", kind="machine")
    (reviews / "round-1-edit.jsonl").write_text('{"sample_id": "s000"}\n')
    assert confirmed(edition, reviews) == []


def test_what_was_written_into_the_samples_by_hand_does_not_count(
    edition: Edition, reviews: Path
) -> None:
    sample = edition.samples[0]
    question = sample.questions[0].model_copy(update={"human_verified": True})
    forged = sample.model_copy(update={"questions": (question, *sample.questions[1:])})
    assert confirmed(Edition("x", (forged,), edition.image_sha256, None), reviews) == []


@pytest.mark.parametrize("change", ["question", "prompt", "image"])
def test_a_review_of_what_has_changed_since_no_longer_counts(
    edition: Edition, reviews: Path, change: str
) -> None:
    confirm(edition, reviews)
    sample, digests = edition.samples[0], dict(edition.image_sha256)
    if change == "question":
        question = sample.questions[0].model_copy(update={"question": "Is it so at the end?"})
        sample = sample.model_copy(update={"questions": (question, *sample.questions[1:])})
    elif change == "prompt":
        sample = sample.model_copy(update={"prompt": "Something else happens"})
    else:
        digests[sample.id] = "e" * 64
    changed = Edition("x", (sample, *edition.samples[1:]), digests, edition.root)
    assert confirmed(edition, reviews) == [("s000", "q1")]
    assert confirmed(changed, reviews) == []
