"""Which differences of accuracy a judge's errors alone could make.

Let a judge say yes to at most a share `false_yes` of the questions whose true answer is no, and no
to at most a share `false_no` of those whose true answer is yes, on the videos of either run and
whatever the expected answer, with errors that may fall on the two runs as unevenly as these limits
allow. With m the larger rate, it takes wrong for right, and right for wrong, in at most a share m
of the cases. A run of true accuracy t is then judged, in expectation, somewhere from
t (1 - m) - u to t + (1 - t) m, with u the share of its questions that the judge left unanswered,
which count as wrong and are seen, not estimated. Where B is truly no better than A, its judged
lead is largest when both have the same t, and is then m + u: a larger lead is real, whichever way
the judge leans.

Errors that fall on both runs alike make no lead: they shrink it, by the factor
1 - false_yes - false_no. The limit here is the worst case, and needs no such luck.

It is about means over questions, taken to weigh about alike: accuracy and the semantic average. A
success takes every answer of a sample, lift stretches differences, and metrics need no judge. The
limit carries over from a calibration as far as the rates do: to videos that are no harder to judge.
"""

from __future__ import annotations

from collections.abc import Mapping

from omiti2v.calibration import Calibration
from omiti2v.comparison.result import Difference, JudgeError
from omiti2v.errors import UserError
from omiti2v.runs import JudgeStamp

COVERED_SCORES = ("accuracy", "semantic_average")


def largest_lead_by_error(*, false_yes: float, false_no: float, unanswered: float = 0.0) -> float:
    """The largest lead that a judge can give, in expectation, to a run that is no better.

    Args:
        false_yes: Share of the questions with true answer no that the judge answers yes, 0 to 1.
        false_no: Share of those with true answer yes that it answers no, 0 to 1.
        unanswered: Share of the other run's questions that it left unanswered, 0 to 1.

    Returns:
        A difference of accuracies, 0 to 1.
    """
    for name, rate in (
        ("false_yes", false_yes),
        ("false_no", false_no),
        ("unanswered", unanswered),
    ):
        if not 0 <= rate <= 1:
            raise ValueError(f"{name}: expected a share from 0 to 1, got {rate}")
    return min(1.0, max(false_yes, false_no) + unanswered)


def resolvable(low: float, high: float, *, limit: float) -> bool:
    """Whether a difference is larger than the judge's errors could make.

    Args:
        low, high: Ends of the interval of the difference. The interval covers what the choice of
            samples may have added, so all of it must lie beyond the limit.
        limit: From `largest_lead_by_error`.
    """
    return low > limit or high < -limit


def judge_error(
    calibration: Calibration,
    judge: JudgeStamp,
    scores: Mapping[str, Difference | None],
    coverage: Mapping[str, Difference],
) -> JudgeError:
    """Which differences a calibrated judge resolves.

    Args:
        calibration: Of the judge; the upper ends of its intervals are taken.
        judge: The judge of both runs.
        scores, coverage: Of the comparison.

    Raises:
        UserError: The calibration is of another judge, or gives no rate of one of the two errors.
    """
    if calibration.judge.fingerprint != judge.fingerprint:
        raise UserError(
            f"calibration: of judge {calibration.judge.name} "
            f"{calibration.judge.fingerprint[:12]}, the runs were judged by {judge.name} "
            f"{judge.fingerprint[:12]}; calibrate that one with `omiti2v calibrate`"
        )
    false_yes, false_no = (
        rate.high if (rate := calibration.overall.get(name)) else None
        for name in ("false_positives", "false_negatives")
    )
    if false_yes is None or false_no is None:
        raise UserError("calibration: has no rates of false yes and false no; calibrate again")
    silent = (coverage["unknown"], coverage["error"])
    unanswered = max(sum(row.a for row in silent), sum(row.b for row in silent))
    limit = largest_lead_by_error(
        false_yes=false_yes, false_no=false_no, unanswered=min(1.0, unanswered)
    )
    return JudgeError(
        false_yes=false_yes,
        false_no=false_no,
        unanswered=unanswered,
        limit=limit,
        resolved={
            name: row.low is not None
            and row.high is not None
            and resolvable(row.low, row.high, limit=limit)
            for name in COVERED_SCORES
            if (row := scores.get(name)) is not None
        },
    )
