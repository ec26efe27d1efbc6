"""What scores are corrected by is counted from trials alone."""

from __future__ import annotations

from evaluators.calibration.scene_counts import counts_by_scene
from evaluators.calibration.trials import Trial


def trial(behaviour: str, question: str, truth: str, answer: str) -> Trial:
    return Trial.model_validate(
        {
            "scene": "drawn/one",
            "ground": "drawn",
            "category": "addition",
            "kind": "appears",
            "behaviour": behaviour,
            "question_id": question,
            "dimension": "presence",
            "truth": truth,
            "answer": answer,
        }
    )


def test_roles_and_outcomes_are_read_off_the_clips() -> None:
    (found,) = counts_by_scene(
        [
            trial("done", "q1", "yes", "yes"),  # there after the edit, not before: edit
            trial("done", "q2", "no", "yes"),  # never there: preserve
            trial("still", "q1", "no", "yes"),
            trial("still", "q2", "no", "no"),
            trial("blank", "q1", "no", "no"),
            trial("blank", "q2", "yes", "unknown"),
        ]
    )
    assert found.category == "addition"
    assert found.questions == {
        "edit yes right": (1, 1),
        "edit yes wrong": (2, 1),
        "preserve no right": (2, 1),
        "preserve no wrong": (1, 0),
    }
    assert found.outcomes == {
        "success broken": 1,
        "negligent success": 1,
        "broken negligent": 1,
    }


def test_a_scene_that_was_not_played_in_full_is_left_out() -> None:
    assert counts_by_scene([trial("done", "q1", "yes", "yes")]) == ()
