"""Soft scores by hand, and what is not answered counting 0."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from omiti2v.estimation.soft_scores import predicted_ratios, right_chances, soft_ratios
from omiti2v.responses import Response
from omiti2v.samples import Sample
from omiti2v.scores import compute_scores


def row(sample: Sample, number: int, p_yes: float | None, answer: str | None = None) -> Response:
    question = sample.questions[number]
    return Response.model_validate(
        {
            "sample_id": sample.id,
            "question_id": question.id,
            "question": question.question,
            "answer": answer or ("yes" if (p_yes or 0) > 0.5 else "no"),
            "p_yes": p_yes,
            "video_sha256": "0" * 64,
            "judge": "0" * 64,
            "frames": "all",
        }
    )


@pytest.fixture
def sample(make_samples: Callable[..., tuple[Sample, ...]]) -> Sample:
    """Questions that expect yes, no, yes, yes or the like."""
    return make_samples(1)[0]


def test_means_are_over_the_expected_answers(sample: Sample) -> None:
    wanted = (0.9, 0.6, 0.8, 0.5)
    rows = [
        row(sample, n, p if question.expected_answer == "yes" else 1 - p, question.expected_answer)
        for n, (question, p) in enumerate(zip(sample.questions, wanted, strict=True))
    ]
    chances = right_chances([sample], rows, [sample.id])
    assert chances
    ratios = soft_ratios([sample], chances)
    assert ratios["soft", "arithmetic"].value == pytest.approx(0.7)
    assert ratios["soft", "geometric"].value == pytest.approx((0.9 * 0.6 * 0.8 * 0.5) ** 0.25)
    scores = compute_scores([sample], {}, with_video=[sample.id], chances=chances, resamples=100)
    assert scores.soft
    assert scores.soft["arithmetic"].value == pytest.approx(0.7)
    assert '"soft"' in scores.model_dump_json()


def test_what_is_unknown_or_missing_counts_0(sample: Sample) -> None:
    rows = [row(sample, 0, 1.0), row(sample, 1, 0.5, "unknown"), row(sample, 2, None, "error")]
    chances = right_chances([sample], rows, [sample.id, "s999"])
    assert chances
    ratios = soft_ratios([sample], chances)
    right = 1.0 if sample.questions[0].expected_answer == "yes" else 0.0
    assert ratios["soft", "arithmetic"].value == pytest.approx(right / len(sample.questions))
    assert ratios["soft", "geometric"].value == 0


def test_a_judge_without_p_yes_has_no_soft_scores(sample: Sample) -> None:
    assert right_chances([sample], [row(sample, 0, None, "yes")], [sample.id]) is None
    assert right_chances([sample], [], [sample.id]) is None
    scores = compute_scores([sample], {}, with_video=[sample.id], resamples=100)
    assert scores.soft is None
    assert '"soft"' not in scores.model_dump_json()


def test_a_sure_error_does_not_make_a_prediction_0(sample: Sample) -> None:
    chances = {sample.id: {question.id: 1.0 for question in sample.questions[1:]}}
    found = predicted_ratios([sample], {sample.id: {**chances[sample.id], "q1": 0.0}})
    assert 0.05 < found["outcome", "success"].value < 0.3
    assert soft_ratios([sample], chances)["soft", "geometric"].value == 0


def test_negligence_is_an_edit_not_done_where_the_rest_stayed(sample: Sample) -> None:
    edits = {question.id for question in sample.questions if question.role == "edit"}
    ignored = {q.id: 0.1 if q.id in edits else 0.9 for q in sample.questions}
    broken = {q.id: 0.1 for q in sample.questions}
    (one, other) = (
        predicted_ratios([sample], {sample.id: row})["outcome", "negligent"].value
        for row in (ignored, broken)
    )
    assert one == pytest.approx(0.9)
    assert other < 0.7


def test_takes_are_averaged_within_their_sample(sample: Sample) -> None:
    first, second = (
        {question.id: chance for question in sample.questions} for chance in (0.9, 0.5)
    )
    ratios = soft_ratios([sample], {f"{sample.id}@1": first, f"{sample.id}@2": second})
    assert ratios["soft", "arithmetic"].value == pytest.approx(0.7)
    assert ratios["soft", "geometric"].value == pytest.approx(0.7)
