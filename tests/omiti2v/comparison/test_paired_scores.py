"""The scores of two runs side by side, on samples counted by hand."""

from __future__ import annotations

import pytest

from omiti2v.comparison.paired import paired_interval
from omiti2v.comparison.paired_scores import paired_answer_scores, paired_metric_scores
from omiti2v.responses import Measurement
from omiti2v.samples import CATEGORIES, Question, Sample


def sample_of(category: str, reference: str | None = "no") -> Sample:
    question = Question.model_validate(
        {
            "id": "q1",
            "question": "Is it?",
            "dimension": "count",
            "expected_answer": "yes",
            "reference_answer": reference,
        }
    )
    row = {"id": category, "image": "a.png", "prompt": "p", "category": category}
    return Sample.model_validate({**row, "domain": "d", "questions": (question,)})


def speed(sample_id: str, value: float | None) -> Measurement:
    return Measurement(
        sample_id=sample_id, metric="speed", metric_version="1", value=value, video_sha256=None
    )


SAMPLES = [sample_of(name) for name in CATEGORIES]
ONE = {"addition": {"q1": "yes"}, "deletion": {"q1": "no"}, "modification": {"q1": "no"}}
TWO = {**ONE, "deletion": {"q1": "yes"}}


def test_each_score_has_the_value_of_either_run_and_their_difference() -> None:
    scores = paired_answer_scores(SAMPLES, ONE, TWO)
    for key in (("accuracy",), ("semantic_average",), ("lift",), ("edit_success",)):
        found = (scores[key].a, scores[key].b, scores[key].difference)
        assert found == pytest.approx((1 / 3, 2 / 3, 1 / 3)), key
    assert scores["category", "deletion", "accuracy"].difference == 1.0


def test_only_categories_and_dimensions_are_broken_down() -> None:
    kinds = {key[0] for key in paired_answer_scores(SAMPLES, ONE, TWO) if len(key) == 3}
    assert kinds == {"category", "dimension"}


def test_without_a_category_or_a_role_the_scores_that_need_it_are_absent() -> None:
    assert ("semantic_average",) not in paired_answer_scores(SAMPLES[:2], ONE, TWO)
    unknown = [sample_of(name, reference=None) for name in CATEGORIES]
    scores = paired_answer_scores(unknown, ONE, TWO)
    assert ("lift",) not in scores and ("edit_success",) not in scores
    assert ("accuracy",) in scores


def test_a_metric_is_compared_where_both_have_a_value() -> None:
    a = [speed("addition", 1.0), speed("deletion", 9.0)]
    b = [speed("addition", 3.0), speed("deletion", None)]
    (score,) = paired_metric_scores(SAMPLES, a, b, bounds={}).values()
    assert (score.a, score.b, score.n) == (1.0, 3.0, 1)


def test_a_metric_is_thought_to_differ_by_little_more_than_it_was_seen_to() -> None:
    samples = [
        sample_of("addition").model_copy(update={"id": f"s{number}"}) for number in range(40)
    ]
    a = [speed(sample.id, 0.5) for sample in samples]
    b = [speed(sample.id, 0.5 + 0.01 * (-1) ** n) for n, sample in enumerate(samples)]

    def width(b: list[Measurement]) -> float:
        (score,) = paired_metric_scores(samples, a, b, bounds={"speed": (0.0, 1.0)}).values()
        low, high = paired_interval(score) or (0.0, 0.0)
        return high - low

    assert 0 < width(b) < 0.01
    # Where none differs the bounds are all that is known.
    assert width(a) > 0.1
