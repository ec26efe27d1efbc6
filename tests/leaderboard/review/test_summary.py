"""What people have found in an edition."""

from __future__ import annotations

from collections.abc import Callable

from leaderboard.review.summary import summarize_reviews
from omiti2v.editions import Edition
from omiti2v.reviews.confirmed import annotated, question_key
from omiti2v.reviews.people import Key, PersonAnswer
from omiti2v.reviews.rounds import FORMS

Given = Callable[..., PersonAnswer]


def annotation(edition: Edition) -> dict[Key, str]:
    """What the annotation says to every question in each form."""
    return {
        question_key(edition, sample, question, form): str(annotated(question, form))
        for sample in edition.samples
        for question in sample.questions
        for form in FORMS
    }


def test_nothing_reviewed_leaves_everything_open(edition: Edition) -> None:
    found = summarize_reviews(edition, {})
    assert (found.samples, found.questions, found.open) == (3, 12, 12)
    assert (found.confirmed, found.disputed, found.samples_confirmed) == (0, 0, 0)
    assert found.agreement == found.disagreements == ()


def test_who_says_what_the_annotation_says_confirms_it(edition: Edition, given: Given) -> None:
    rows = [given(key, answer) for key, answer in annotation(edition).items()]
    found = summarize_reviews(edition, {"ada": rows})
    assert (found.confirmed, found.samples_confirmed, found.open) == (12, 3, 0)
    assert [(row.form, row.answered, row.agreed, row.left) for row in found.agreement] == [
        ("reference", 12, 12, 0),
        ("edit", 12, 12, 0),
    ]
    assert found.agreement[0].kappa == 1
    assert found.disagreements == ()


def test_an_answer_that_differs_is_listed_and_disputes_its_question(
    edition: Edition, given: Given
) -> None:
    right = annotation(edition)
    first = min(right)
    other = "no" if right[first] == "yes" else "yes"
    rows = [given(key, other if key == first else answer) for key, answer in right.items()]
    found = summarize_reviews(edition, {"ada": rows})
    assert (found.confirmed, found.disputed, found.samples_confirmed) == (11, 1, 2)
    (one,) = found.disagreements
    assert (one.form, one.sample_id, one.question_id) == first[:3]
    assert (one.annotated, one.answer) == (right[first], other)


def test_unclear_never_agrees_and_answers_to_earlier_questions_do_not_count(
    edition: Edition, given: Given
) -> None:
    first, second, *_ = sorted(annotation(edition))
    rows = [given(first, "unclear"), given((*second[:3], "f" * 64), "yes")]
    found = summarize_reviews(edition, {"ada": rows})
    (form,) = [row for row in found.agreement if row.form == first[0]]
    assert (form.answered, form.agreed, form.unclear) == (1, 0, 1)
    assert found.outdated == 1


def test_of_drawn_samples_nothing_else_counts(edition: Edition, given: Given) -> None:
    right = annotation(edition)
    rows = [given(key, answer) for key, answer in right.items() if key[1] != "s001"]
    rows.append(given(("edit", "s002", "q1", "f" * 64), "yes"))
    found = summarize_reviews(edition, {"ada": rows, "bob": rows[:1]}, drawn={"s000", "s001"})
    assert found.fingerprint == edition.fingerprint
    assert (found.samples, found.questions, found.confirmed, found.open) == (2, 8, 4, 4)
    assert [(row.answered, row.left, row.samples) for row in found.agreement[:2]] == [(4, 4, 1)] * 2
    assert found.outdated == 0
    assert [(row.one, row.other, row.shared) for row in found.pairs] == [("ada", "bob", 1)]
