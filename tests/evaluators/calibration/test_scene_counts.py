"""What scores are corrected by is counted from trials alone."""

from __future__ import annotations

from evaluators.calibration.scene_counts import counts_by_scene
from evaluators.calibration.trials import Trial
from omiti2v.samples import Question, Sample, YesNo


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


def sample(*, reference: YesNo | None = "no") -> Sample:
    """Its first question is about the edit, its second about what stays."""
    questions = tuple(
        Question(
            id=name,
            question="Is it?",
            dimension="presence",
            expected_answer=expected,
            reference_answer=reference,
        )
        for name, expected in (("q1", "yes"), ("q2", "no"))
    )
    return Sample(id="one", image="a.png", prompt="p", category="addition", questions=questions)


TRIALS = [
    trial("done", "q1", "yes", "yes"),
    trial("done", "q2", "no", "yes"),
    trial("still", "q1", "no", "yes"),
    trial("still", "q2", "no", "no"),
    trial("blank", "q1", "no", "no"),
    trial("blank", "q2", "yes", "unknown"),
]


def test_answers_are_counted_by_role_and_clips_by_outcome() -> None:
    (found,) = counts_by_scene(TRIALS, {"drawn/one": sample()})
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


def test_roles_are_the_sample_s_own_whatever_clips_there_are() -> None:
    alone = [trial("wrong_place", "q1", "no", "no"), trial("wrong_place", "q2", "no", "no")]
    (found,) = counts_by_scene(alone, {"drawn/one": sample()})
    assert found.questions == {"edit yes wrong": (1, 0), "preserve no right": (1, 1)}


def test_a_scene_whose_roles_are_not_known_is_left_out() -> None:
    assert counts_by_scene(TRIALS, {"drawn/one": sample(reference=None)}) == ()
    assert counts_by_scene(TRIALS, {}) == ()
