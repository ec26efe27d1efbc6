"""The numbers of a calibration, against counts made by hand or by another library."""

from __future__ import annotations

from typing import Any

import pytest

from evaluators.calibration import Trial, summarise
from evaluators.calibration.numbers import ClipFacts
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
    clips = ClipFacts(width=64, height=64, frames=8, fps=8, seed=0)
    return summarise(trials, judge=judge, clips=clips, samples={}, resamples=200)


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


def test_no_false_yes_in_40_scenes_is_not_never() -> None:
    trials = [
        trial(scene=f"drawn/{scene}", question_id=f"q{number}", truth="no", answer="no")
        for scene in range(40)
        for number in range(3)
    ]
    false_yes = summary(trials).overall["false_positives"]
    assert false_yes is not None
    assert (false_yes.value, false_yes.low, false_yes.n) == (0, 0, 40)
    # That of 40 scenes: the questions of one are asked about the same clip.
    assert false_yes.high == pytest.approx(0.088, abs=1e-3)


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


def test_a_facet_and_people_are_groups_where_they_are_known() -> None:
    assert not {"facet", "people"} & summary([trial()]).groups.keys()
    found = summary(
        [
            trial(),
            trial(facet="place", people="acting", answer="no"),
            trial(facet="place", people="none"),
        ]
    )
    assert {name: len(rows) for name, rows in found.groups.items()}["facet"] == 1
    place = found.groups["facet"]["place"]["accuracy"]
    assert place and place.value == 0.5
    assert set(found.groups["people"]) == {"acting", "none"}


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


def test_of_a_judge_that_answers_fewer_than_half_nothing_is_known_but_that() -> None:
    enough = summary([trial(answer="no"), trial(answer="unknown")])
    assert enough.judge_unavailable is None
    assert values(enough)["accuracy"] == 0
    few = summary([trial(answer="yes"), trial(answer="unknown"), trial(answer="error")])
    assert few.judge_unavailable == (
        "the judge left 66.7 % of 3 questions without a yes or no, more than half: nothing is "
        "known of its errors"
    )
    known = {name for name, value in values(few).items() if value is not None}
    assert known == {"unanswered"}
    shares = [shares for rows in few.groups.values() for shares in rows.values()]
    assert all({n for n, x in row.items() if x} == {"unanswered"} for row in shares)
    assert (few.calibration_error, few.reliability, few.text_changes) == (None, [], None)
