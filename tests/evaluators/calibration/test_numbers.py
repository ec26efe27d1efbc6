"""The numbers of a calibration, against counts made by hand or by another library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from evaluators.calibration import Trial, summarise
from omiti2v.calibration import Calibration
from omiti2v.runs import JudgeStamp


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


def summary(trials: list[Trial]) -> Calibration:
    judge = JudgeStamp(name="judge", fingerprint="0" * 64, identity={})
    return summarise(
        trials, judge=judge, width=64, height=64, frames=8, fps=8, seed=0, resamples=200
    )


def values(found: Calibration) -> dict[str, float | None]:
    return {name: x.value if x else None for name, x in found.overall.items()}


def test_each_share_is_of_the_trials_that_it_is_about() -> None:
    found = summary(
        [
            trial(truth="yes", answer="yes"),
            trial(truth="yes", answer="no"),
            trial(truth="yes", answer="unknown"),
            trial(truth="no", answer="yes"),
            trial(truth="no", answer="yes"),
            trial(truth="no", answer="error"),
            trial(truth="no", answer="no", scene="drawn/b"),
        ]
    )
    assert values(found) == {
        "accuracy": pytest.approx(2 / 7),
        "false_positives": pytest.approx(2 / 4),
        "false_negatives": pytest.approx(1 / 3),
        "yes_bias": pytest.approx(2 / 3),
        "unanswered": pytest.approx(2 / 7),
    }
    assert found.scenes == 2
    assert found.questions == 7


def test_a_judge_that_always_says_yes_has_a_yes_bias_of_one_and_one_that_says_no_of_nought() -> (
    None
):
    truths = ["yes", "no", "no", "yes"]
    yes = summary([trial(truth=truth, answer="yes") for truth in truths])
    no = summary([trial(truth=truth, answer="no") for truth in truths])
    assert values(yes)["yes_bias"] == 1
    assert values(no)["yes_bias"] == 0
    assert values(yes)["false_positives"] == 1
    assert values(no)["false_negatives"] == 1


def test_a_judge_without_errors_has_no_bias_to_speak_of() -> None:
    found = summary([trial(truth="yes", answer="yes"), trial(truth="no", answer="no")])
    assert values(found)["yes_bias"] is None
    assert values(found)["accuracy"] == 1


def test_groups_hold_their_own_trials_only() -> None:
    found = summary(
        [
            trial(kind="appears", truth="yes", answer="yes"),
            trial(kind="size", category="modification", truth="yes", answer="no"),
            trial(kind="size", category="modification", truth="no", answer="no"),
        ]
    )
    kinds = {name: row["accuracy"] for name, row in found.groups["kind"].items()}
    assert {name: x.value if x else None for name, x in kinds.items()} == {
        "appears": 1,
        "size": 0.5,
    }
    assert found.groups["kind"]["appears"]["false_positives"] is None
    assert set(found.groups["category"]) == {"addition", "modification"}


def test_words_over_the_frames_are_held_against_the_same_still_clip() -> None:
    still = {"behaviour": "still", "truth": "no"}
    text = {"behaviour": "text", "truth": "no", "written": "yes"}
    found = summary(
        [
            trial(question_id="q1", answer="no", **still),
            trial(question_id="q1", answer="yes", **text),  # obeys
            trial(question_id="q2", answer="no", **still),
            trial(question_id="q2", answer="no", **text),  # does not
            trial(question_id="q3", answer="yes", **still),
            trial(question_id="q3", answer="no", **text),  # changes, but not to the word
            trial(question_id="q4", answer="yes", **text),  # nothing to hold it against
        ]
    )
    assert found.text_changes is not None
    assert found.text_changes.value == pytest.approx(2 / 3)
    assert found.text_obeyed is not None
    assert found.text_obeyed.value == pytest.approx(1 / 2)


def test_flips_count_only_what_was_asked_again() -> None:
    found = summary(
        [
            trial(answer="yes", answer_on_other_frames="no"),
            trial(answer="yes", answer_on_other_frames="yes"),
            trial(answer="yes"),
        ]
    )
    assert found.frame_flips is not None
    assert found.frame_flips.value == 0.5
    assert summary([trial()]).frame_flips is None


@settings(deadline=None)  # the first of its bootstraps takes longer
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 4)), min_size=2, max_size=60)
)
def test_the_calibration_error_is_that_of_the_bins(rows: list[tuple[float, bool, int]]) -> None:
    trials = [
        trial(p_yes=p, truth="yes" if truth else "no", scene=f"drawn/{scene}")
        for p, truth, scene in rows
    ]
    found = summary(trials)
    p = np.array([row[0] for row in rows])
    truth = np.array([row[1] for row in rows], dtype=float)
    bins = np.minimum((p * 10).astype(int), 9)
    wanted = sum(
        (bins == b).mean() * abs(p[bins == b].mean() - truth[bins == b].mean())
        for b in range(10)
        if (bins == b).any()
    )
    assert found.calibration_error is not None
    assert found.calibration_error.value == pytest.approx(wanted, abs=1e-9)
    assert sum(row.questions for row in found.reliability) == len(rows)


def test_the_diagram_is_the_one_that_scikit_learn_draws() -> None:
    rng = np.random.default_rng(3)
    p = rng.uniform(size=500)
    truth = rng.uniform(size=500) < p**2
    found = summary(
        [trial(p_yes=float(a), truth="yes" if b else "no") for a, b in zip(p, truth, strict=True)]
    )
    shares, means = calibration_curve(truth, p, n_bins=10)
    assert [row.share_yes for row in found.reliability] == pytest.approx(shares.tolist())
    assert [row.mean_p_yes for row in found.reliability] == pytest.approx(means.tolist())


def test_a_judge_without_probabilities_has_no_calibration_error() -> None:
    found = summary([trial(), trial(truth="no")])
    assert found.calibration_error is None
    assert all(row.questions == 0 for row in found.reliability)
