"""What people have found in an edition: agreement, what is left, what is confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from leaderboard.review.reviewers import PairAgreement, pair_agreements, samples_in_full
from omiti2v.editions import Edition
from omiti2v.kappa import cohen_kappa
from omiti2v.records import Record
from omiti2v.reviews.confirmed import annotated, question_key, question_state
from omiti2v.reviews.people import (
    AskedForm,
    Key,
    PersonAnswer,
    answers_by_key,
    standing_answers,
)
from omiti2v.reviews.rounds import FORMS
from omiti2v.samples import YesNo


class FormAgreement(Record):
    """One reviewer's answers of one form against the annotation.

    Attributes:
        reviewer, form: Whose, and what was asked.
        answered, agreed, unclear: Answers to the questions as they now stand; "unclear" never
            agrees.
        left: Questions that the reviewer has not answered.
        samples: Samples of which the reviewer has answered every question.
        kappa: Cohen's kappa over yes, no and unclear; None where it is not defined.
    """

    reviewer: str
    form: AskedForm
    answered: int
    agreed: int
    unclear: int
    left: int
    samples: int
    kappa: float | None


class Disagreement(Record):
    """An answer that is not the annotation's."""

    reviewer: str
    form: AskedForm
    sample_id: str
    question_id: str
    question: str
    annotated: YesNo
    answer: str
    note: str | None


class ReviewSummary(Record):
    """What people have found in an edition.

    Attributes:
        edition, fingerprint: Which.
        samples, questions: How many there are.
        samples_confirmed: Samples all of whose questions are confirmed.
        confirmed, disputed, open: Questions of each state; they add up to `questions`.
        outdated: Answers that no longer count, since what was shown has changed.
        agreement: By reviewer and form; empty where no person has reviewed anything.
        pairs: Of every two reviewers with each other, by form.
        disagreements: Every answer that is not the annotation's.
    """

    edition: str
    fingerprint: str
    samples: int
    questions: int
    samples_confirmed: int
    confirmed: int
    disputed: int
    open: int
    outdated: int
    agreement: tuple[FormAgreement, ...]
    pairs: tuple[PairAgreement, ...]
    disagreements: tuple[Disagreement, ...]


def summarize_reviews(
    edition: Edition,
    people: Mapping[str, Sequence[PersonAnswer]],
    *,
    drawn: Collection[str] | None = None,
) -> ReviewSummary:
    """Compare the reviewers' answers with the annotation.

    Args:
        edition: As it now stands.
        people: The reviewers' lines, by name.
        drawn: The samples that count; None for all.
    """
    samples = [row for row in edition.samples if drawn is None or row.id in drawn]
    if drawn is not None:
        people = {
            name: [row for row in rows if row.sample_id in drawn] for name, rows in people.items()
        }
    right: dict[Key, YesNo] = {}
    for sample in samples:
        for question in sample.questions:
            for form in FORMS:
                answer = annotated(question, form)
                if answer is not None:
                    right[question_key(edition, sample, question, form)] = answer
    standing = {name: standing_answers(rows) for name, rows in people.items()}
    answers = answers_by_key(people)
    states = [
        [question_state(edition, sample, question, answers) for question in sample.questions]
        for sample in samples
    ]
    flat = [state for of_sample in states for state in of_sample]
    return ReviewSummary(
        edition=edition.name,
        fingerprint=edition.fingerprint,
        samples=len(samples),
        questions=len(flat),
        samples_confirmed=sum(set(of_sample) == {"confirmed"} for of_sample in states),
        confirmed=flat.count("confirmed"),
        disputed=flat.count("disputed"),
        open=flat.count("open"),
        outdated=sum(key not in right for rows in standing.values() for key in rows),
        agreement=tuple(
            _agreement(name, form, rows, right)
            for name, rows in standing.items()
            if rows
            for form in FORMS
        ),
        pairs=pair_agreements(people, right),
        disagreements=tuple(
            Disagreement(
                reviewer=name,
                form=row.form,
                sample_id=row.sample_id,
                question_id=row.question_id,
                question=row.question,
                annotated=right[key],
                answer=row.answer,
                note=row.note,
            )
            for name, rows in standing.items()
            for key, row in sorted(rows.items())
            if key in right and row.answer != right[key]
        ),
    )


def _agreement(
    name: str,
    form: AskedForm,
    rows: Mapping[Key, PersonAnswer],
    right: Mapping[Key, YesNo],
) -> FormAgreement:
    asked = {key: answer for key, answer in right.items() if key[0] == form}
    given = [(answer, rows[key].answer) for key, answer in asked.items() if key in rows]
    return FormAgreement(
        reviewer=name,
        form=form,
        answered=len(given),
        agreed=sum(ours == theirs for ours, theirs in given),
        unclear=sum(theirs == "unclear" for _, theirs in given),
        left=len(asked) - len(given),
        samples=samples_in_full(asked, rows),
        kappa=cohen_kappa([ours for ours, _ in given], [theirs for _, theirs in given]),
    )
