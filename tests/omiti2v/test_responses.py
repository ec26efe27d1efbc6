"""Responses are held against the edition before they count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import CUT_OFF, Response, cut_off_note, match_answers

DIGEST = "0" * 64


def response(**changes: str) -> Response:
    row = {
        "sample_id": "s000",
        "question_id": "q1",
        "question": "Question 1 about s000?",
        "answer": "yes",
        "video_sha256": DIGEST,
        "judge": DIGEST,
        "frames": "count=2",
    }
    return Response.model_validate(row | changes)


@pytest.fixture
def edition(make_edition: Callable[..., Edition], tmp_path: Path) -> Edition:
    return make_edition(tmp_path)


def test_answers_are_filed_by_sample_and_question(edition: Edition) -> None:
    rows = [response(), response(sample_id="s001", question="Question 1 about s001?", answer="no")]
    assert match_answers(edition, rows) == {"s000": {"q1": "yes"}, "s001": {"q1": "no"}}


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([response(sample_id="s999")], "s999/q1: no such question"),
        ([response(question_id="q9")], "s000/q9: no such question"),
        ([response(question="Is it?")], "s000/q1: was asked another text"),
        ([response(), response(answer="no")], "s000/q1: answered twice"),
    ],
)
def test_what_does_not_fit_the_edition_is_refused(
    edition: Edition, rows: list[Response], complaint: str
) -> None:
    with pytest.raises(UserError, match=complaint):
        match_answers(edition, rows)


def test_answers_that_were_cut_off_are_counted() -> None:
    cut = response(answer="unknown", reason=f"nothing, {CUT_OFF}")
    assert cut_off_note([response(), response(answer="unknown", reason="Perhaps")]) is None
    assert str(cut_off_note([response(), cut])).startswith("1 answer cut off at the largest length")
