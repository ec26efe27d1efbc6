"""Review numbers follow from the raw answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from omiti2v.errors import UserError
from omiti2v.records import write_records
from omiti2v.reviews.people import Verdict
from omiti2v.reviews.rounds import (
    FORMS,
    AskedQuestion,
    ReviewAnswer,
    latest_of_current,
    measure,
    read_rounds,
)
from omiti2v.samples import Sample

Build = Callable[..., Sample]

# Expected on the edit, and on the reference image alone.
QUESTIONS = [
    ("Does the young camel leave through the left edge?", "yes", "no"),
    ("Does the large camel leave through the right edge?", "no", "no"),
    ("At the end of the video, is there a camel in the left third?", "no", "yes"),
    ("Is there a camel in the right half at the end of the video?", "yes", "yes"),
]
ASKED = {"question", "dimension", "expected_answer", "reference_answer"}


@pytest.fixture
def build() -> Build:
    """Builds a deletion with four questions, fields and single questions replaced."""

    def sample(questions: dict[int, dict[str, str]] | None = None, **fields: str) -> Sample:
        rows = [
            {
                "id": f"q{number}",
                "question": text,
                "dimension": "object_presence",
                "expected_answer": expected,
                "reference_answer": reference,
                **(questions or {}).get(number, {}),
            }
            for number, (text, expected, reference) in enumerate(QUESTIONS, start=1)
        ]
        row = {
            "id": "deletion-001",
            "image": "images/camels.jpg",
            "prompt": "The young camel trots out of the frame at the left",
            "category": "deletion",
            "questions": tuple(rows),
            **fields,
        }
        return Sample.model_validate(row)

    return sample


def ask(folder: Path, number: int, sample: Sample) -> None:
    rows = [
        AskedQuestion.model_validate(
            {
                "sample_id": sample.id,
                "question_id": question.id,
                "image": sample.image,
                "prompt": sample.prompt,
                "category": sample.category,
                **question.model_dump(include=ASKED),
            }
        )
        for question in sample.questions
    ]
    write_records(folder / f"round-{number}-asked.jsonl", rows)


def answer(folder: Path, name: str, answers: Sequence[Verdict]) -> None:
    rows = [
        ReviewAnswer(sample_id="deletion-001", question_id=f"q{number}", answer=one)
        for number, one in enumerate(answers, start=1)
    ]
    write_records(folder / name, rows)


@pytest.fixture
def reviews(tmp_path: Path, build: Build) -> Path:
    """Round one of the faultless sample: all right on the edit, two of four on the reference."""
    ask(tmp_path, 1, build())
    answer(tmp_path, "round-1-reference.jsonl", ["no", "no", "unclear", "no"])
    answer(tmp_path, "round-1-edit.jsonl", ["yes", "no", "no", "yes"])
    return tmp_path


def test_unclear_counts_as_disagreement(reviews: Path) -> None:
    reference = [one for one in read_rounds(reviews)[1] if one.form == "reference"]
    found = measure(reference)
    assert (found.questions, found.agreed, found.unclear) == (4, 2, 1)


def test_kappa_is_agreement_beyond_chance(reviews: Path) -> None:
    rounds = read_rounds(reviews)[1]
    by_form = {form: measure([one for one in rounds if one.form == form]) for form in FORMS}
    # Annotated 2 yes, 2 no; answered 0 yes, 3 no, 1 unclear: chance 3/8, so (1/2 - 3/8) / (5/8).
    assert by_form["reference"].kappa == pytest.approx(0.2)
    assert by_form["edit"].kappa == 1.0


def test_kappa_is_not_defined_where_chance_alone_agrees_always(reviews: Path) -> None:
    only_one = [one for one in read_rounds(reviews)[1] if one.form == "edit"][:1]
    assert measure(only_one).kappa is None


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        (["yes", "no", "no"], "1 questions have no answer, first deletion-001.q4"),
        (["yes", "no", "no", "yes", "no"], "deletion-001.q5 is answered but not asked"),
    ],
)
def test_answers_must_fit_the_questions_asked(
    reviews: Path, answers: list[Verdict], complaint: str
) -> None:
    answer(reviews, "round-1-edit.jsonl", answers)
    with pytest.raises(UserError, match=complaint):
        read_rounds(reviews)


def test_a_repaired_question_needs_a_fresh_answer(reviews: Path, build: Build) -> None:
    repaired = build({3: {"question": "Is there a camel at the left edge at the end?"}})
    current, missing = latest_of_current(read_rounds(reviews), [repaired])
    assert missing == ["deletion-001.q3 (reference)", "deletion-001.q3 (edit)"]
    assert len(current) == 6
    ask(reviews, 2, repaired)
    answer(reviews, "round-2-reference.jsonl", ["no", "no", "yes", "yes"])
    answer(reviews, "round-2-edit.jsonl", ["yes", "no", "no", "yes"])
    current, missing = latest_of_current(read_rounds(reviews), [repaired])
    assert missing == []
    assert measure(current).share == 1.0


def test_a_new_prompt_makes_only_the_answers_about_the_edit_stale(
    reviews: Path, build: Build
) -> None:
    sample = build(prompt="At the left the young camel trots out of the frame in a hurry")
    _, missing = latest_of_current(read_rounds(reviews), [sample])
    assert missing == [f"deletion-001.q{number} (edit)" for number in range(1, 5)]


def test_a_folder_without_reviews_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no round-<n>-asked\.jsonl"):
        read_rounds(tmp_path)
