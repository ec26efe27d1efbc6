"""Each definition of a score as a ratio of sums over samples, on samples counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from omiti2v.outcomes import OUTCOMES
from omiti2v.responses import Measurement
from omiti2v.samples import Facet, Question, Sample
from omiti2v.score_ratios import (
    MAX_GROUPS,
    accuracy_ratios,
    answer_ratios,
    floor_ratios,
    metric_ratios,
    outcome_ratios,
    question_floors,
    role_ratios,
)

PAIRS = {"edit": ("yes", "no"), "preserve": ("yes", "yes")}


def sample_with(name: str, *roles: str, domain: str | None = None, dimension: str = "d") -> Sample:
    """A sample whose questions have these roles and all expect yes."""
    questions = tuple(
        Question.model_validate(
            {
                "id": f"q{number}",
                "question": "Is it?",
                "dimension": dimension,
                "expected_answer": PAIRS[role][0],
                "reference_answer": PAIRS[role][1],
            }
        )
        for number, role in enumerate(roles)
    )
    return Sample(
        id=name, image="a.png", prompt="p", category="addition", domain=domain, questions=questions
    )


def test_edit_success_covers_only_samples_with_an_edit_question() -> None:
    samples = [sample_with("both", "edit", "preserve"), sample_with("none", "preserve")]
    answers = {"both": {"q0": "no", "q1": "yes"}, "none": {"q0": "yes"}}
    ratio = role_ratios(samples, answers)["edit_success",]
    assert ratio.denominator.tolist() == [1, 0]
    assert ratio.value == 0.0


def test_accuracy_by_role_is_a_mean_over_the_samples_that_have_the_role() -> None:
    samples = [sample_with("a", "edit", "edit", "preserve"), sample_with("b", "preserve")]
    answers = {"a": {"q0": "yes", "q1": "no", "q2": "yes"}, "b": {"q0": "no"}}
    ratios = role_ratios(samples, answers)
    assert ratios["edit_accuracy",].value == 0.5
    assert ratios["preserve_accuracy",].value == 0.5
    assert ratios["edit_accuracy",].n == 1


def test_the_still_floor_is_the_share_of_preserve_questions() -> None:
    samples = [sample_with("a", "edit", "preserve"), sample_with("b", "edit")]
    assert floor_ratios(samples)["still_floor",].value == 0.25


def test_the_still_floor_of_a_group_of_questions_is_the_share_of_preserve_questions_in_it() -> None:
    facets = (
        Facet(id="f0", kind="manner", text="p"),
        Facet(id="f1", kind="stays", text="p"),
    )
    samples = []
    for name, roles in (("a", ("edit", "preserve", "preserve")), ("b", ("edit", "edit"))):
        sample = sample_with(name, *roles, dimension=name)
        questions = tuple(
            question.model_copy(update={"facet": f"f{int(number == 1)}"})
            for number, question in enumerate(sample.questions)
        )
        samples.append(sample.model_copy(update={"facets": facets, "questions": questions}))
    floors = question_floors(samples, "facet")
    # manner: edit, preserve, edit; stays: preserve, edit.
    assert {kind: ratio.value for kind, ratio in floors.items()} == {
        "manner": pytest.approx(1 / 3),
        "stays": 0.5,
    }
    assert [ratio.n for ratio in floors.values()] == [2, 2]
    by_dimension = question_floors(samples, "dimension")
    assert {name: ratio.value for name, ratio in by_dimension.items()} == {
        "a": pytest.approx(2 / 3),
        "b": 0.0,
    }


def test_no_more_than_so_many_groups_and_dimensions_are_kept() -> None:
    samples = [
        sample_with(f"s{n}", "edit", domain=f"d{n:03}", dimension=f"d{n:03}")
        for n in range(MAX_GROUPS + 1)
    ]
    ratios = accuracy_ratios(samples, {})
    for kind in ("domain", "dimension"):
        kept = [key for key in ratios if key[0] == kind]
        assert len(kept) == MAX_GROUPS
        assert (kind, f"d{MAX_GROUPS:03}", "accuracy") not in ratios
    outcomes = [key for key in outcome_ratios(samples, {}) if key[0] == "domain"]
    assert len(outcomes) == 2 * MAX_GROUPS


@pytest.mark.parametrize("kind", ["success", "negligence"])
def test_a_groups_outcomes_cover_its_own_samples(kind: str) -> None:
    samples = [sample_with("a", "edit", domain="x"), sample_with("b", "edit", domain="y")]
    ratios = outcome_ratios(samples, {"a": {"q0": "yes"}, "b": {"q0": "no"}})
    values = [ratios["domain", name, kind] for name in ("x", "y")]
    assert [ratio.value for ratio in values] == ([1, 0] if kind == "success" else [0, 1])
    assert np.array_equal(values[0].denominator, [1, 0])


def test_a_sample_s_takes_are_averaged_before_samples_are() -> None:
    samples = [sample_with("a", "edit", "preserve"), sample_with("b", "edit", "preserve")]
    right, half, wrong = ({"q0": x, "q1": y} for x, y in (("yes", "yes"), ("no", "yes"), ("", "")))
    answers = {"a@0": right, "a@1": half, "a@2": wrong, "b@0": right}
    ratios = answer_ratios(samples, answers)
    assert ratios["accuracy",].numerator.tolist() == [(1 + 0.5 + 0) / 3, 1]
    assert ratios["accuracy",].denominator.tolist() == [1, 1]
    assert ratios["edit_success",].numerator.tolist() == [1 / 3, 1]
    shares = {name: ratios["outcome", name].numerator.tolist() for name in OUTCOMES}
    assert shares["success"] == [1 / 3, 1]
    assert (shares["negligent"], shares["unscored"]) == ([1 / 3, 0], [1 / 3, 0])
    # Over questions a sample weighs as one video has questions.
    dimension = ratios["dimension", "d", "accuracy"]
    assert dimension.denominator.tolist() == [2, 2]
    assert dimension.numerator.tolist() == pytest.approx([1 / 3 + 2 / 3, 2])
    assert ratios["coverage", "answered"].numerator.tolist() == pytest.approx([4 / 3, 2])


def test_a_metric_is_the_mean_over_the_takes_that_have_a_value() -> None:
    samples = [sample_with(name, "edit") for name in ("a", "b", "c")]
    rows = [("a", 0, 1.0), ("a", 1, 2.0), ("a", 2, None), ("b", 0, 5.0)]
    measurements = [
        Measurement(
            sample_id=name, take=take, metric="m", metric_version="1", value=v, video_sha256=None
        )
        for name, take, v in rows
    ]
    ratio = metric_ratios(samples, measurements)["metric", "m"]
    assert ratio.numerator.tolist() == [1.5, 5.0, 0.0]
    assert ratio.denominator.tolist() == [1, 1, 0]


@pytest.mark.parametrize("answer", ["yes", "no", "unknown"])
def test_one_take_is_to_the_last_digit_what_no_take_is(answer: str) -> None:
    samples = [sample_with(f"s{i}", *["edit", "preserve"] * (i + 1)) for i in range(7)]
    rows = {s.id: {"q0": answer, "q1": "yes", "q2": "yes"} for s in samples[1:]}
    plain = answer_ratios(samples, rows)  # type: ignore[arg-type]
    taken = answer_ratios(samples, {f"{name}@4": row for name, row in rows.items()})  # type: ignore[misc]
    assert plain.keys() == taken.keys()
    for key, ratio in plain.items():
        assert ratio.numerator.tobytes() == taken[key].numerator.tobytes()
        assert ratio.denominator.tobytes() == taken[key].denominator.tobytes()
