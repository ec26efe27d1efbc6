"""The definitions of the scores, each as a ratio of two sums over samples.

Of a sample with several videos every value is the mean over those that are there; a sample without
any counts as one video without an answer.

A ratio's key says what it is: `("accuracy",)`, `("outcome", "success")`, `("metric", name)`,
`("coverage", "error")`, or (kind of group, group, score), as in
`("category", "addition", "accuracy")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from omiti2v.bootstrap import Ratio, Vector
from omiti2v.outcomes import OUTCOMES, sample_outcome
from omiti2v.responses import Answer, Answers, Measurement
from omiti2v.samples import Role, Sample
from omiti2v.takes import by_sample

Ratios = dict[tuple[str, ...], Ratio]

GROUP_KINDS = ("category", "domain", "subcategory", "image_type")
QUESTION_KINDS = ("dimension", "facet")

# More would be no breakdown, and an edition made to exhaust memory.
MAX_GROUPS = 200


Row = Mapping[str, Answer]
"""The answers about one video, by question id."""


T = TypeVar("T")


def takes_of_samples(
    samples: Sequence[Sample], answers: Mapping[str, Mapping[str, T]]
) -> list[tuple[Sample, list[Mapping[str, T]]]]:
    """Each sample with the answers about each of its videos, in the order of their takes; about one
    that is not there, and so has no answer, where it has none."""
    videos = by_sample(answers)
    return [
        (sample, [answers[video] for video in videos.get(sample.id, ())] or [{}])
        for sample in samples
    ]


def right_share(sample: Sample, row: Row, role: Role | None = None) -> float | None:
    """Share of the questions, of one role or of all, that got the expected answer about a video;
    None where there are none."""
    right = [
        row.get(question.id) == question.expected_answer
        for question in sample.questions
        if role is None or question.role == role
    ]
    return sum(right) / len(right) if right else None


def mean_ratio(values: Sequence[Sequence[float | None]]) -> Ratio:
    """A mean over the samples that have a value; a sample's is the mean over its videos.

    Args:
        values: Of each video of each sample; None where there is none.
    """
    known = [[value for value in row if value is not None] for row in values]
    means = [sum(row) / len(row) if row else 0.0 for row in known]
    return Ratio(
        np.array(means, dtype=np.float64), np.array([bool(row) for row in known], dtype=np.float64)
    )


def _over_takes(
    samples: Sequence[Sample], answers: Answers, value: Callable[[Sample, Row], float | None]
) -> Ratio:
    return mean_ratio(
        [
            [value(sample, row) for row in rows]
            for sample, rows in takes_of_samples(samples, answers)
        ]
    )


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

    Overall and within each group of samples; by dimension, and by the kind of the facet that they
    test, over questions instead.
    """
    accuracy = _over_takes(samples, answers, right_share)
    table: Ratios = {("accuracy",): accuracy}
    for (kind, group), members in _groups(samples).items():
        table[kind, group, "accuracy"] = _within(accuracy, members)
    for kind in QUESTION_KINDS:
        table |= _by_question(samples, answers, kind)
    return table


def _by_question(samples: Sequence[Sample], answers: Answers, kind: str) -> Ratios:
    """Accuracy over the questions of each group of questions; at most 200 groups of a kind."""
    groups = [question_groups(sample, kind) for sample in samples]
    named = {name for names in groups for name in names.values()}
    places = {name: row for row, name in enumerate(sorted(named)[:MAX_GROUPS])}
    right = [[0.0] * len(samples) for _ in places]
    asked = [[0.0] * len(samples) for _ in places]
    for column, (sample, rows) in enumerate(takes_of_samples(samples, answers)):
        for question in sample.questions:
            place = places.get(groups[column].get(question.id, ""))
            if place is not None:
                asked[place][column] += 1
                hits = sum(row.get(question.id) == question.expected_answer for row in rows)
                right[place][column] += hits / len(rows)
    return {
        (kind, name, "accuracy"): Ratio(np.array(right[place]), np.array(asked[place]))
        for name, place in places.items()
    }


def question_groups(sample: Sample, kind: str) -> dict[str, str]:
    """The group of each question that has one, by question id.

    Args:
        sample: Its questions are grouped.
        kind: One of `QUESTION_KINDS`; "facet" is the kind of the facet that a question tests.
    """
    if kind == "dimension":
        return {question.id: question.dimension for question in sample.questions}
    kinds = {facet.id: facet.kind for facet in sample.facets or ()}
    return {q.id: kinds[q.facet] for q in sample.questions if q.facet is not None}


def role_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Scores over the questions of one role."""

    def all_edits_right(sample: Sample, row: Row) -> float | None:
        share = right_share(sample, row, "edit")
        return None if share is None else float(share == 1)

    return {
        ("edit_accuracy",): _over_takes(samples, answers, lambda s, r: right_share(s, r, "edit")),
        ("preserve_accuracy",): _over_takes(
            samples, answers, lambda s, r: right_share(s, r, "preserve")
        ),
        ("edit_success",): _over_takes(samples, answers, all_edits_right),
    }


def floor_ratios(samples: Sequence[Sample]) -> Ratios:
    """The accuracy of a frozen copy of the reference image: exact, whatever any judge says."""
    shares = [
        sum(question.role == "preserve" for question in sample.questions) / len(sample.questions)
        for sample in samples
    ]
    return {("still_floor",): mean_ratio([[share] for share in shares])}


def question_floors(samples: Sequence[Sample], kind: str) -> dict[str, Ratio]:
    """The same over the questions of each group of questions, which all need reference answers.

    Args:
        samples: Their questions are grouped.
        kind: One of `QUESTION_KINDS`.
    """
    untouched: dict[str, dict[str, Answer]] = {
        sample.id: {q.id: q.reference_answer for q in sample.questions if q.reference_answer}
        for sample in samples
    }
    return {group: ratio for (_, group, _), ratio in _by_question(samples, untouched, kind).items()}


def outcome_ratios(samples: Sequence[Sample], answers: Answers) -> Ratios:
    """Shares of the outcomes, and success and negligence within each group of samples."""
    outcomes = [
        [sample_outcome(sample, row) for row in rows]
        for sample, rows in takes_of_samples(samples, answers)
    ]
    table: Ratios = {
        ("outcome", name): mean_ratio([[float(one == name) for one in row] for row in outcomes])
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
    rows = takes_of_samples(samples, answers)
    for name, wanted in states:
        counts = [
            sum(row.get(q.id) in wanted for row in takes for q in sample.questions) / len(takes)
            for sample, takes in rows
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
        values.setdefault(measurement.metric, {})[measurement.video_id] = measurement.value
    table: Ratios = {}
    for name, found in sorted(values.items()):
        videos = by_sample(found)
        rows = [[found[video] for video in videos.get(sample.id, ())] for sample in samples]
        table["metric", name] = mean_ratio(rows)
    return table
