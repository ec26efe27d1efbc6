"""Whether P(yes) means what it says, against counts by hand and by another library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from evaluators.calibration import Trial
from evaluators.calibration.reliability import calibration_error, reliability_bins


def trial(**changes: Any) -> Trial:
    usual: dict[str, Any] = {
        "scene": "drawn/a",
        "ground": "drawn",
        "category": "addition",
        "kind": "appears",
        "behaviour": "done",
        "question_id": "q1",
        "dimension": "object_presence",
        "truth": "yes",
        "answer": "yes",
    }
    return Trial(**usual | changes)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 4)), min_size=2, max_size=60)
)
def test_the_calibration_error_is_that_of_the_bins(rows: list[tuple[float, bool, int]]) -> None:
    trials = [
        trial(p_yes=p, truth="yes" if truth else "no", scene=f"drawn/{scene}")
        for p, truth, scene in rows
    ]
    found = calibration_error(trials, [row[2] for row in rows], 5, resamples=20, seed=0)
    p = np.array([row[0] for row in rows])
    truth = np.array([row[1] for row in rows], dtype=float)
    bins = np.minimum((p * 10).astype(int), 9)
    wanted = sum(
        (bins == b).mean() * abs(p[bins == b].mean() - truth[bins == b].mean())
        for b in range(10)
        if (bins == b).any()
    )
    assert found is not None
    assert found.value == pytest.approx(wanted, abs=1e-9)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1
    assert sum(row.questions for row in reliability_bins(trials)) == len(rows)


def test_the_diagram_is_the_one_that_scikit_learn_draws() -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(size=500)
    truth = rng.uniform(size=500) < p**2
    found = reliability_bins(
        [trial(p_yes=float(a), truth="yes" if b else "no") for a, b in zip(p, truth, strict=True)]
    )
    shares, means = calibration_curve(truth, p, n_bins=10)
    assert [row.share_yes for row in found] == pytest.approx(shares.tolist())
    assert [row.mean_p_yes for row in found] == pytest.approx(means.tolist())


def test_a_judge_without_probabilities_has_no_calibration_error() -> None:
    trials = [trial(), trial(truth="no")]
    assert calibration_error(trials, [0, 1], 2, resamples=20, seed=0) is None
    assert {row.questions for row in reliability_bins(trials)} == {0}


def test_a_judge_that_was_never_wrong_may_be_elsewhere() -> None:
    trials = [trial(p_yes=1.0, scene=f"drawn/{number}") for number in range(48)]
    found = calibration_error(trials, list(range(48)), 48, resamples=100, seed=0)
    assert found is not None
    assert (found.value, found.low) == (0, 0)
    assert found.high == pytest.approx(0.074, abs=1e-3)
    lone = calibration_error(trials[:1], [0], 1, resamples=100, seed=0)
    assert lone is not None
    assert (lone.low, lone.high) == (0, 1)


def test_a_judge_that_was_sure_of_what_is_always_so_need_not_be_wrong() -> None:
    """All 40 answers were yes, as of a judge that says 0.97 and is right is not rare."""
    trials = [trial(p_yes=0.97, scene=f"drawn/{scene}") for scene in range(40)]
    found = calibration_error(trials, list(range(40)), 40, resamples=50, seed=0)
    assert found is not None
    assert found.value == pytest.approx(0.03)
    assert found.low == 0.0
