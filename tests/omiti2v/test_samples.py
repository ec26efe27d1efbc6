"""Samples and questions: typed, validated, roles derived."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from omiti2v.errors import UserError
from omiti2v.records import parse_record
from omiti2v.samples import Question, Sample


@pytest.mark.parametrize(
    ("expected", "reference", "role"),
    [
        ("yes", "no", "edit"),
        ("no", "yes", "edit"),
        ("yes", "yes", "preserve"),
        ("no", "no", "preserve"),
        ("yes", None, None),
    ],
)
def test_the_role_follows_from_the_two_answers(
    expected: str, reference: str | None, role: str | None
) -> None:
    question = Question.model_validate(
        {
            "id": "q1",
            "question": "Is it?",
            "dimension": "count",
            "expected_answer": expected,
            "reference_answer": reference,
        }
    )
    assert question.role == role
    assert "role" not in question.model_dump()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": "../up"}, "id: string should match pattern"),
        ({"id": ".hidden"}, "id: string should match pattern"),
        ({"id": "a/b"}, "id: string should match pattern"),
        ({"id": "a\n"}, "id: string should match pattern"),
        ({"image": "/etc/passwd"}, "image: expected a relative path"),
        ({"image": "a/../../b.png"}, "image: expected a relative path"),
        ({"image": "..\\b.png"}, "image: expected a relative path"),
        ({"category": "Addition"}, "category: input should be 'addition', 'deletion' or"),
        ({"questions": []}, "questions: tuple should have at least 1 item"),
        ({"prompt": ""}, "prompt: string should have at least 1 character"),
        ({"prompt": "x" * 5000}, "prompt: string should have at most 4000 characters"),
        ({"surprise": 1}, "surprise: unknown field"),
    ],
)
def test_a_wrong_field_is_named(
    make_samples: Callable[..., tuple[Sample, ...]], change: dict[str, object], complaint: str
) -> None:
    row = json.loads(make_samples(1)[0].model_dump_json()) | change
    with pytest.raises(UserError) as caught:
        parse_record(Sample, json.dumps(row), where="x.jsonl:1")
    assert str(caught.value).startswith(f"x.jsonl:1: {complaint}")


def test_two_questions_of_a_sample_may_not_share_an_id(
    make_samples: Callable[..., tuple[Sample, ...]],
) -> None:
    row = json.loads(make_samples(1)[0].model_dump_json())
    row["questions"][1]["id"] = "q1"
    with pytest.raises(UserError, match="question id 'q1' is used more than once"):
        parse_record(Sample, json.dumps(row), where="x.jsonl:1")


@pytest.mark.parametrize("spelling", ["license", "licence"])
def test_a_samples_license_is_read_in_both_spellings(spelling: str) -> None:
    row = {"id": "a", "image": "a.png", "prompt": "p", "category": "addition", spelling: "MIT"}
    question = {"id": "q", "question": "?", "dimension": "count", "expected_answer": "yes"}
    sample = Sample.model_validate_json(json.dumps({**row, "questions": [question]}))
    assert sample.license == sample.licence == "MIT"
    assert sample.model_dump()["licence"] == "MIT"
