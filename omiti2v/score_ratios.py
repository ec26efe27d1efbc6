"""The definitions of the scores, each as a ratio of two sums over samples.

A ratio's key says what it is: `("accuracy",)`, `("outcome", "success")`, `("metric", name)`,
`("coverage", "error")`, or (kind of group, group, score), as in
`("category", "addition", "accuracy")`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from omiti2v.bootstrap import Ratio, Vector
from omiti2v.outcomes import OUTCOMES, sample_outcome
from omiti2v.responses import Answer, Answers, Measurement
from omiti2v.samples import Role, Sample

Ratios = dict[tuple[str, ...], Ratio]

GROUP_KINDS = ("category", "domain", "subcategory", "image_type")

# More would be no breakdown, and an edition made to exhaust memory.
MAX_GROUPS = 200


def _right(sample: Sample, answers: Answers, role: Role | None = None) -> list[bool]:
    """Which questions of a sample, of one role or of all, got the expected answer."""
    row = answers.get(sample.id, {})
    return [
        row.get(question.id) == question.expected_answer
        for question in sample.questions
        if role is None or question.role == role
    ]


def _mean_ratio(values: Sequence[float | None]) -> Ratio:
    """A mean over the samples whose value is not None."""
    known = np.array([value is not None for value in values], dtype=np.float64)
    return Ratio(np.array([value or 0.0 for value in values], dtype=np.float64), known)


def _mean_or_none(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None


def _within(ratio: Ratio, members: NDArray[np.bool_]) -> Ratio:
    return Ratio(ratio.numerator * members, ratio.denominator * members)


def _groups(samples: Sequence[Sample]) -> dict[tuple[str, str], NDArray[np.bool_]]:
    """Membership of the samples in each group, by kind and group; at most 200 of a kind."""
    groups: dict[tuple[str, str], NDArray[np.bool_]] = {}
    for kind in GROUP_KINDS:
        names = [getattr(sample, kind) for sample in samples]
        known = sorted({name for name in names if name is not None})[:MAX_GROUPS]
        numbers = {name: number for number, name in enumerate(known)}
        numbered = np.array([numbers.get(name, -1) for name in names])
        for name, number in numbers.items():
            groups[kind, name] = numbered == number
    return groups


def has_roles(samples: Sequence[Sample]) -> bool:
    """Whether the role of every question is known."""
    return all(question.role for sample in samples for question in sample.questions)


def accuracy_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Accuracy: the mean over samples of the share of questions answered as expected.

    Overall and within each group of samples; by dimension over questions instead.
    """
    accuracy = _mean_ratio([_mean_or_none(_right(sample, answers)) for sample in samples])
    table: Ratios = {("accuracy",): accuracy}
    for (kind, group), members in _groups(samples).items():
        table[kind, group, "accuracy"] = _within(accuracy, members)
    named = {q.dimension for sample in samples for q in sample.questions}
    dimensions = {name: row for row, name in enumerate(sorted(named)[:MAX_GROUPS])}
    right = [[0.0] * len(samples) for _ in dimensions]
    asked = [[0.0] * len(samples) for _ in dimensions]
    for column, sample in enumerate(samples):
        row = answers.get(sample.id, {})
        for question in sample.questions:
            place = dimensions.get(question.dimension)
            if place is not None:
                asked[place][column] += 1
                right[place][column] += row.get(question.id) == question.expected_answer
    for dimension, place in dimensions.items():
        table["dimension", dimension, "accuracy"] = Ratio(
            np.array(right[place]), np.array(asked[place])
        )
    return table


def role_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Scores over the questions of one role."""
    edit = [_right(sample, answers, "edit") for sample in samples]
    preserve = [_right(sample, answers, "preserve") for sample in samples]
    return {
        ("edit_accuracy",): _mean_ratio([_mean_or_none(row) for row in edit]),
        ("preserve_accuracy",): _mean_ratio([_mean_or_none(row) for row in preserve]),
        ("edit_success",): _mean_ratio([float(all(row)) if row else None for row in edit]),
    }


def floor_ratios(samples: Sequence[Sample]) -> Ratios:
    """The accuracy of a frozen copy of the reference image: exact, whatever any judge says."""
    shares = [
        sum(question.role == "preserve" for question in sample.questions) / len(sample.questions)
        for sample in samples
    ]
    return {("still_floor",): _mean_ratio(shares)}


def outcome_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Shares of the outcomes, and success and negligence within each group of samples."""
    outcomes = [sample_outcome(sample, answers.get(sample.id, {})) for sample in samples]
    table: Ratios = {
        ("outcome", name): _mean_ratio([float(outcome == name) for outcome in outcomes])
        for name in OUTCOMES
    }
    for (kind, group), members in _groups(samples).items():
        table[kind, group, "success"] = _within(table["outcome", "success"], members)
        table[kind, group, "negligence"] = _within(table["outcome", "negligent"], members)
    return table


def coverage_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Shares of the questions that were answered, unknown, in error or not asked."""
    states: list[tuple[str, tuple[Answer | None, ...]]] = [
        ("answered", ("yes", "no")),
        ("unknown", ("unknown",)),
        ("error", ("error",)),
        ("missing", (None,)),
    ]
    asked: Vector = np.array([len(sample.questions) for sample in samples], dtype=np.float64)
    table: Ratios = {}
    for name, wanted in states:
        counts = [
            sum(answers.get(sample.id, {}).get(q.id) in wanted for q in sample.questions)
            for sample in samples
        ]
        table["coverage", name] = Ratio(np.array(counts, dtype=np.float64), asked)
    return table


def answer_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Every score that comes from answers, those of roles where all questions have one."""
    ratios = accuracy_ratios(samples, answers) | coverage_ratios(samples, answers)
    if has_roles(samples):
        ratios |= role_ratios(samples, answers) | outcome_ratios(samples, answers)
    return ratios


def metric_ratios(samples: Sequence[Sample], measurements: Iterable[Measurement]) -> Ratios:
    """The mean of each metric over the videos that have a value."""
    values: dict[str, dict[str, float | None]] = {}
    for measurement in measurements:
        values.setdefault(measurement.metric, {})[measurement.sample_id] = measurement.value
    return {
        ("metric", name): _mean_ratio([row.get(sample.id) for sample in samples])
        for name, row in sorted(values.items())
    }
