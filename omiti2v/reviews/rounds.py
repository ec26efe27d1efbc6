"""Blind reviews: raw answers, and how far they agree with the annotation.

A folder of reviews holds for every round `round-<n>-asked.jsonl`, the questions as they stood when
they were asked, and the raw answers, `round-<n>-reference.jsonl` (given the reference image alone)
and `round-<n>-edit.jsonl` (given image and prompt). So a repaired sample does not change what an
earlier round found. Each version of an edition has a folder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from omiti2v.editions import EditionInfo
from omiti2v.errors import UserError
from omiti2v.kappa import cohen_kappa
from omiti2v.records import Record, read_record, read_records
from omiti2v.reviews.people import Verdict
from omiti2v.samples import Category, Name, Question, Sample, SampleId, Text, YesNo

Form = Literal["reference", "edit"]

FORMS: tuple[Form, ...] = ("reference", "edit")


class AskedQuestion(Record):
    """A question as it stood when reviewers were asked.

    Attributes:
        sample_id, question_id, image, prompt, category, dimension, question: As in the sample.
        expected_answer, reference_answer: What the annotation said; the reviewer did not see it.
    """

    sample_id: SampleId
    question_id: SampleId
    image: Text
    prompt: Text
    category: Category
    dimension: Name
    question: Text
    expected_answer: YesNo
    reference_answer: YesNo

    def annotated(self, form: Form) -> YesNo:
        """The annotation's answer to what a reviewer of this form was asked."""
        return self.reference_answer if form == "reference" else self.expected_answer


class ReviewAnswer(Record):
    """A reviewer's raw answer, with a note where there was something to say."""

    sample_id: SampleId
    question_id: SampleId
    answer: Verdict
    note: Text | None = None


@dataclass(frozen=True)
class Reviewed:
    """A question and a blind answer to it."""

    asked: AskedQuestion
    form: Form
    answer: Verdict

    @property
    def agrees(self) -> bool:
        """Whether annotation and reviewer say the same; "unclear" never does."""
        return self.asked.annotated(self.form) == self.answer


@dataclass(frozen=True)
class Agreement:
    """How far some blind answers agree with the annotation.

    Attributes:
        questions: Number of answers.
        agreed: Number that agree.
        unclear: Number of "unclear" answers, none of which agrees.
        kappa: Cohen's kappa over yes, no and unclear, at most 1; None where it is not defined,
            which is where chance alone would agree always.
    """

    questions: int
    agreed: int
    unclear: int
    kappa: float | None

    @property
    def share(self) -> float:
        """Share that agrees, 0 to 1."""
        return self.agreed / self.questions


def measure(reviewed: Sequence[Reviewed]) -> Agreement:
    """The agreement of at least one answer with the annotation."""
    ours = [one.asked.annotated(one.form) for one in reviewed]
    theirs = [one.answer for one in reviewed]
    return Agreement(
        questions=len(reviewed),
        agreed=sum(one.agrees for one in reviewed),
        unclear=theirs.count("unclear"),
        kappa=cohen_kappa(ours, theirs),
    )


def rounds_folder(annotations: Path) -> Path:
    """The reviews of the version that `edition.json` names.

    Raises:
        UserError: It is missing, or names none.
    """
    path = annotations / "edition.json"
    version = read_record(path, EditionInfo).version
    if version is None:
        raise UserError(f"{path}: version: expected one, got none")
    return annotations / "reviews" / version


def read_rounds(folder: Path) -> dict[int, list[Reviewed]]:
    """All reviews in a folder, by round, in the order in which they were asked.

    Raises:
        UserError: There are none; a file is broken; or an answer is missing, double, or to a
            question that was not asked.
    """
    rounds: dict[int, list[Reviewed]] = {}
    for path in sorted(folder.glob("round-*-asked.jsonl")):
        found = re.fullmatch(r"round-(\d+)-asked\.jsonl", path.name)
        if found is None:
            raise UserError(f"{path}: expected a name like round-1-asked.jsonl")
        number = int(found.group(1))
        asked = read_records(path, AskedQuestion)
        rounds[number] = [
            one
            for form in FORMS
            for one in _match(asked, folder / f"round-{number}-{form}.jsonl", form)
        ]
    if not rounds:
        raise UserError(f"{folder}: holds no round-<n>-asked.jsonl")
    return dict(sorted(rounds.items()))


def latest_of_current(
    rounds: Mapping[int, Sequence[Reviewed]], samples: Sequence[Sample]
) -> tuple[list[Reviewed], list[str]]:
    """The latest answers to the questions as they now stand, and which have none.

    An answer counts only where image, question and answers are what they were when it was asked,
    and for the edit form the prompt too.

    Returns:
        The reviews, and a name `<sample>.<question> (<form>)` for each that is missing.
    """
    latest = {
        (one.asked.sample_id, one.asked.question_id, one.form): one
        for number in sorted(rounds)
        for one in rounds[number]
    }
    current: list[Reviewed] = []
    missing: list[str] = []
    for sample in samples:
        for question in sample.questions:
            for form in FORMS:
                one = latest.get((sample.id, question.id, form))
                if one is not None and _still_stands(one, sample, question):
                    current.append(one)
                else:
                    missing.append(f"{sample.id}.{question.id} ({form})")
    return current, missing


def _still_stands(one: Reviewed, sample: Sample, question: Question) -> bool:
    asked = one.asked
    return (
        (asked.image, asked.question) == (sample.image, question.question)
        and asked.expected_answer == question.expected_answer
        and asked.reference_answer == question.reference_answer
        and (one.form == "reference" or asked.prompt == sample.prompt)
    )


def _match(asked: Sequence[AskedQuestion], path: Path, form: Form) -> list[Reviewed]:
    answers: dict[tuple[str, str], Verdict] = {}
    wanted = {(one.sample_id, one.question_id) for one in asked}
    for row in read_records(path, ReviewAnswer):
        key = (row.sample_id, row.question_id)
        if key in answers or key not in wanted:
            problem = "answered twice" if key in answers else "answered but not asked"
            raise UserError(f"{path}: {row.sample_id}.{row.question_id} is {problem}")
        answers[key] = row.answer
    lacking = sorted(wanted - answers.keys())
    if lacking:
        raise UserError(
            f"{path}: {len(lacking)} questions have no answer, first {'.'.join(lacking[0])}"
        )
    return [Reviewed(one, form, answers[one.sample_id, one.question_id]) for one in asked]
