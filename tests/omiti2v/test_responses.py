"""Responses are held against the edition before they count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from run_rows import measurement

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import CUT_OFF, Response, as_reason, cut_off_note, match_answers, remarks

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


def test_what_is_to_be_known_of_values_is_a_line_with_their_metrics_and_samples() -> None:
    rows = [
        measurement(name, metric=metric, reason="a text was cut")
        for metric in ("fit", "fit_end")
        for name in ("s002", "s001")
    ]
    rows += [measurement("s003"), measurement("s004", value=None, reason="it failed")]
    assert remarks(rows) == ["fit, fit_end: a text was cut: 2 samples (s001, s002)"]
    many = [measurement(f"s{n:03}", reason="a text was cut") for n in range(30)]
    (line,) = remarks(many)
    assert line.startswith("speed: a text was cut: 30 samples (s000, s001, ")
    assert line.endswith("s019, ...)")


def test_answers_that_were_cut_off_are_counted() -> None:
    cut = response(answer="unknown", reason=f"nothing, {CUT_OFF}")
    assert cut_off_note([response(), response(answer="unknown", reason="Perhaps")]) is None
    assert str(cut_off_note([response(), cut])).startswith("1 answer cut off at the largest length")


def test_a_failure_of_a_library_is_named_by_its_class_and_ours_by_its_words() -> None:
    assert as_reason(ValueError("no\nnumber")) == "ValueError: no number"
    assert as_reason(UserError("the sample has no caption")) == "the sample has no caption"
