"""What a judge's errors alone could make of two runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omiti2v.calibration import Calibration
from omiti2v.comparison import compare_runs
from omiti2v.comparison.resolution import largest_lead_by_error, resolvable
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import Answer
from omiti2v.runs import JudgeStamp, Run
from omiti2v.samples import Question, Sample
from omiti2v.scores import Estimate

Make = Callable[..., Run]

shares = st.floats(0, 1)


def judged(truth: float, *, false_right: float, false_wrong: float, silent: float = 0) -> float:
    """The accuracy that a judge with these error rates sees, in expectation."""
    return truth * (1 - false_wrong) + (1 - truth) * false_right - silent


@given(st.lists(shares, min_size=8, max_size=8), shares)
def test_no_errors_within_the_limits_give_a_run_that_is_no_better_a_larger_lead(
    drawn: list[float], silent: float
) -> None:
    one, other, false_yes, false_no, right_a, wrong_a, right_b, wrong_b = drawn
    worst = max(false_yes, false_no)
    better, worse = max(one, other), min(one, other)
    seen_a = judged(better, false_right=right_a * worst, false_wrong=wrong_a * worst, silent=silent)
    seen_b = judged(worse, false_right=right_b * worst, false_wrong=wrong_b * worst)
    limit = largest_lead_by_error(false_yes=false_yes, false_no=false_no, unanswered=silent)
    assert min(1.0, seen_b - seen_a) <= limit + 1e-12


@pytest.mark.parametrize("truth", [0.0, 0.4, 1.0])
def test_the_limit_is_reached_by_errors_that_all_favour_one_run(truth: float) -> None:
    flattered = judged(truth, false_right=0.2, false_wrong=0)
    wronged = judged(truth, false_right=0, false_wrong=0.2)
    assert flattered - wronged == pytest.approx(largest_lead_by_error(false_yes=0.2, false_no=0.1))


@given(shares, shares, shares, shares)
def test_errors_that_fall_on_both_alike_only_shrink_the_difference(
    a: float, b: float, false_right: float, false_wrong: float
) -> None:
    seen = [judged(t, false_right=false_right, false_wrong=false_wrong) for t in (a, b)]
    assert seen[1] - seen[0] == pytest.approx((b - a) * (1 - false_right - false_wrong), abs=1e-12)


def test_the_whole_interval_must_lie_beyond_the_limit() -> None:
    assert resolvable(0.06, 0.12, limit=0.05)
    assert resolvable(-0.12, -0.06, limit=0.05)
    assert not resolvable(0.04, 0.12, limit=0.05)
    assert not resolvable(-0.12, 0.12, limit=0.05)
    assert not resolvable(0.0, 0.0, limit=0.0)


def test_a_rate_that_is_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="false_yes: expected a share from 0 to 1, got 5"):
        largest_lead_by_error(false_yes=5, false_no=0)


def calibrated(judge: JudgeStamp | None, *, false_yes: float, false_no: float) -> Calibration:
    """A calibration with these upper ends; the rest of it plays no part here."""

    def rate(high: float) -> Estimate:
        return Estimate(value=high / 2, low=0.0, high=high, n=100)

    return Calibration.model_construct(
        judge=judge,
        overall={"false_positives": rate(false_yes), "false_negatives": rate(false_no)},
    )


def right(sample: Sample, question: Question) -> Answer:
    return question.expected_answer


def ignored(sample: Sample, question: Question) -> Answer:
    assert question.reference_answer is not None
    return question.reference_answer


def half_silent(sample: Sample, question: Question) -> Answer:
    return question.expected_answer if question.id in ("q1", "q2") else "unknown"


def test_a_comparison_says_which_differences_the_judge_resolves(
    edition: Edition, make_run: Make
) -> None:
    """Still against done: accuracy differs by 50 points, on every sample of twelve."""
    a, b = make_run(edition, "a", ignored), make_run(edition, "b", right)
    for false_no, resolved in ((0.2, True), (0.55, False)):
        calibration = calibrated(a.info.judge, false_yes=0.1, false_no=false_no)
        error = compare_runs(a, b, calibration=calibration, resamples=100).judge_error
        assert error is not None
        assert (error.limit, error.unanswered) == (false_no, 0)
        assert (error.false_yes, error.false_no) == (0.1, false_no)
        assert error.resolved == {"accuracy": resolved, "semantic_average": resolved}
    assert compare_runs(a, b, resamples=100).judge_error is None


def test_what_the_judge_left_unanswered_adds_to_its_errors(
    edition: Edition, make_run: Make
) -> None:
    a, b = make_run(edition, "a", half_silent), make_run(edition, "b", right)
    calibration = calibrated(a.info.judge, false_yes=0.1, false_no=0.1)
    error = compare_runs(a, b, calibration=calibration, resamples=100).judge_error
    assert error is not None
    assert (error.unanswered, error.limit) == (0.5, 0.6)
    assert not error.resolved["accuracy"]


def test_a_calibration_of_another_judge_or_without_one_is_refused(
    edition: Edition, make_run: Make
) -> None:
    a = make_run(edition, "a", right, judge="strict")
    b = make_run(edition, "b", right, judge="lenient")
    unjudged = make_run(edition, "unjudged")
    lenient = calibrated(b.info.judge, false_yes=0.1, false_no=0.1)
    with pytest.raises(UserError, match=r"of judge lenient .* judged by strict"):
        compare_runs(a, a, calibration=lenient, resamples=100)
    with pytest.raises(UserError, match="the runs were judged by two"):
        compare_runs(a, b, allow_different_judge=True, calibration=lenient, resamples=100)
    with pytest.raises(UserError, match="by their metrics alone"):
        compare_runs(unjudged, unjudged, calibration=lenient, resamples=100)
