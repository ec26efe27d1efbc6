"""Values that no honest run has, each kept out by a bound of its own."""

from __future__ import annotations

import pytest

from leaderboard.entries.plausibility import (
    MAX_DEPTH,
    MAX_METRICS,
    MAX_VALUES,
    odd_value,
    refuse_impossible_run,
)
from omiti2v.errors import UserError
from omiti2v.runs import EditionStamp, JudgeStamp, MetricStamp, RunInfo
from omiti2v.submissions import SubmissionInfo


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def test_a_plain_description_is_taken_up_to_its_bounds() -> None:
    assert odd_value({"name": "x", "list": [1, 2.5, None, True, "\u00e9"]}) is None
    assert odd_value(nested(MAX_DEPTH)) is None
    assert odd_value([0] * (MAX_VALUES - 1)) is None
    assert odd_value([2**63 - 1, -(2**63)]) is None


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (nested(MAX_DEPTH + 1), "nested deeper than 16 levels"),
        ([0] * MAX_VALUES, "more than 5000 values"),
        ([float("nan")], "nan is not a finite number"),
        ([2**63], "an integer beyond 64 bits"),
        ({"\ud800": 1}, "text that is not valid Unicode"),
    ],
)
def test_what_is_no_description_is_named(value: object, complaint: str) -> None:
    assert odd_value(value) == complaint


@pytest.mark.parametrize(("metrics", "identity"), [(MAX_METRICS + 1, {}), (1, nested(17))])
def test_a_run_made_to_exhaust_whoever_scores_it_is_refused(
    metrics: int, identity: dict[str, object]
) -> None:
    info = RunInfo(
        submission=SubmissionInfo(name="x"),
        edition=EditionStamp(name="open", fingerprint="0" * 64, samples=1),
        judge=JudgeStamp(name="x", fingerprint="0" * 64, identity=identity),
        metrics={
            f"m{number}": MetricStamp(
                version="1", unit="1", higher_is_better=None, description="", bounds=(0, 1)
            )
            for number in range(metrics)
        },
        resamples=200,
        seed=0,
        versions={},
    )
    with pytest.raises(UserError, match=r"run\.json: (metrics: expected at most 64|nested deeper)"):
        refuse_impossible_run(info)
