"""Which questions people have confirmed: derived from their reviews, never stored by hand.

A question is confirmed (`human_verified`) where for both forms, on the reference image alone and on
image and prompt,

1. at least one person has answered the question as it now stands, seeing what is now shown, and
2. every such answer that holds is the annotation's; "unclear" is not.

So one person's disagreement is enough to keep a question open, until that person answers anew or
the sample is repaired. Machine reviews have no part in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from omiti2v.editions import Edition
from omiti2v.reviews.people import Key, PersonAnswer, answers_by_key, read_people
from omiti2v.reviews.people import seen_digest as _seen_digest
from omiti2v.reviews.rounds import FORMS, Form
from omiti2v.samples import Question, Sample, YesNo

REVIEWS = "reviews"

State = Literal["confirmed", "disputed", "open"]


def question_key(edition: Edition, sample: Sample, question: Question, form: Form) -> Key:
    """What a reviewer of a question as it now stands answers to."""
    seen = _seen_digest(
        form,
        picture_sha256=edition.image_sha256[sample.id],
        question=question.question,
        prompt=sample.prompt if form == "edit" else None,
    )
    return (form, sample.id, question.id, seen)


def annotated(question: Question, form: Form) -> YesNo | None:
    """The annotation's answer to what a form asks; None where the edition does not say."""
    return question.reference_answer if form == "reference" else question.expected_answer


def question_state(
    edition: Edition,
    sample: Sample,
    question: Question,
    answers: Mapping[Key, Sequence[PersonAnswer]],
) -> State:
    """Whether people have confirmed a question.

    Returns:
        "confirmed" as the module says; "disputed" where an answer differs from the annotation;
        "open" where one is still missing.
    """
    complete = True
    for form in FORMS:
        given = answers.get(question_key(edition, sample, question, form), [])
        right = annotated(question, form)
        if right is not None and any(one.answer != right for one in given):
            return "disputed"
        complete = complete and right is not None and bool(given)
    return "confirmed" if complete else "open"


def with_confirmations(edition: Edition, reviews: Path) -> Edition:
    """The edition with every question's `human_verified` as the reviews say.

    Args:
        edition: What its samples say of `human_verified` is not looked at.
        reviews: The folder of reviews; without it nothing is confirmed.

    Raises:
        UserError: A file of reviews is broken.
    """
    answers = answers_by_key(read_people(reviews))
    samples = tuple(
        sample.model_copy(
            update={
                "questions": tuple(
                    question.model_copy(
                        update={
                            "human_verified": bool(answers)
                            and question_state(edition, sample, question, answers) == "confirmed"
                        }
                    )
                    for question in sample.questions
                )
            }
        )
        for sample in edition.samples
    )
    return replace(edition, samples=samples)
