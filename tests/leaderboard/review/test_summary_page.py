"""The page of numbers, which gives no single right answer away."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from leaderboard.review.page import review_app
from leaderboard.review.session import ReviewSession, ReviewSettings, open_session
from leaderboard.review.summary_page import FEWEST_SHOWN
from omiti2v.runs import Run


def summary(review: ReviewSession) -> str:
    found = TestClient(review_app(review)).get("/summary")
    assert found.status_code == 200
    return found.text


def test_without_reviews_it_says_so(annotations: Path) -> None:
    text = summary(open_session(ReviewSettings("ada", annotations=annotations)))
    assert "No person has reviewed anything yet" in text
    assert "ada: 0 of 24 questions answered, 0 of 3 samples in full." in text


def test_of_a_limit_the_drawn_samples_count(annotations: Path) -> None:
    whole = open_session(ReviewSettings("ada", annotations=annotations))
    part = open_session(ReviewSettings("ada", annotations=annotations, limit=2))
    for question in whole.questions:
        if question.sample_id not in part.drawn or question in part.questions[:8]:
            whole.answer(question, "yes")
    text = summary(part)
    assert "ada: 8 of 16 questions answered, 1 of 2 samples in full." in text
    assert text.count("<td>1 of 2</td>") == 2  # a row for each form


def test_what_is_confirmed_is_shown_only_to_who_has_answered_everything(
    annotations: Path,
) -> None:
    review = open_session(ReviewSettings("ada", annotations=annotations))
    *most, last = review.questions
    for question in most:
        review.answer(question, "yes")
    text = summary(review)
    assert "is shown once you have answered everything" in text
    assert "questions disputed" not in text
    assert text.count("too few answers") == 2  # 12 a form
    review.answer(last, "yes")
    assert "questions disputed" in summary(review)


def test_reviewers_are_compared_with_each_other(annotations: Path) -> None:
    ada, bob = (
        open_session(ReviewSettings(name, annotations=annotations)) for name in ("ada", "bob")
    )
    for question in ada.questions:
        ada.answer(question, "yes")
    assert "Between reviewers" not in summary(ada)
    bob.answer(bob.questions[0], "yes")
    assert "ada and bob" in summary(ada)


def test_the_judges_error_is_shown_from_enough_answers_on(run: Run, videos: Path) -> None:
    review = open_session(ReviewSettings("ada", run=run.paths.folder, videos=videos))
    for question in review.questions:
        review.answer(question, "yes")
    assert len(review.questions) < FEWEST_SHOWN
    text = summary(review)
    assert f"shown from {FEWEST_SHOWN} re-checked answers" in text
    assert "ada 11 (3 of 3 samples in full)" in text
    assert "<table" not in text
