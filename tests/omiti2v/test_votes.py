"""One answer from several: by heads, and by what each is worth."""

from __future__ import annotations

import math

import pytest
from run_rows import on_contrast

from omiti2v.calibration import Calibration
from omiti2v.runs import JudgeStamp
from omiti2v.scores import Estimate
from omiti2v.votes import answer_weights, weighted_answer


def calibration(*, false_yes: float, false_no: float) -> Calibration:
    values = {"false_positives": false_yes, "false_negatives": false_no, "unanswered": 0.0}
    return Calibration(
        judge=JudgeStamp(name="a judge", fingerprint="0" * 64, identity={}),
        **{"width": 64, "height": 64, "frames": 8, "fps": 8, "scenes": 9, "seed": 0},
        questions=999,
        overall={n: Estimate(value=v, low=v, high=v, n=9) for n, v in values.items()},
        groups={},
        calibration_error=None,
        reliability=[],
        text_changes=None,
        text_obeyed=None,
        frame_flips=None,
    )


def test_one_good_judge_outweighs_two_poor_ones_that_disagree_with_it() -> None:
    rates = [(0.01, 0.01), (0.4, 0.4), (0.4, 0.4)]
    weights = [answer_weights(calibration(false_yes=y, false_no=n)) for y, n in rates]
    known = [weight for weight in weights if weight]
    assert weighted_answer(["yes", "no", "no"], known) == "yes"
    assert weighted_answer(["unknown", "no", "no"], known) == "no"
    assert weighted_answer([None, "error", None], known) == "error"
    assert weighted_answer(["unknown", "unknown", None], known) == "unknown"


def test_a_yes_of_a_judge_that_always_says_yes_is_worth_nothing() -> None:
    weights = answer_weights(calibration(false_yes=1.0, false_no=0.0))
    assert weights
    assert weights["yes"] == pytest.approx(0, abs=1e-3)


def test_equal_judges_that_differ_are_undecided() -> None:
    weights = answer_weights(calibration(false_yes=0.3, false_no=0.3))
    assert weights
    assert weighted_answer(["yes", "no"], [weights, weights]) == "unknown"


def test_a_judge_never_seen_to_err_is_not_taken_for_one_that_can_not() -> None:
    weights = answer_weights(calibration(false_yes=0.0, false_no=0.0))
    assert weights
    assert 7 < weights["yes"] < 8


def test_without_rates_there_are_no_weights() -> None:
    known = calibration(false_yes=0.1, false_no=0.1)
    silent = known.model_copy(update={"overall": {"unanswered": known.overall["unanswered"]}})
    assert answer_weights(silent) is None


def test_a_judge_s_answer_is_worth_what_it_is_on_the_contrast_set() -> None:
    on_shapes = calibration(false_yes=0.01, false_no=0.01)
    both = on_contrast(on_shapes, accuracy=0.3)
    weights = answer_weights(both)
    # All shares there are 0.3: so often is a yes false, a no, and neither said.
    assert weights
    assert weights["yes"] == pytest.approx(math.log((1 - 0.3 - 0.3) / 0.3))
