"""What a judge says of samples, as far as a correction of its scores takes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omiti2v.estimation.judge_correction import Mask, Matrix
from omiti2v.outcomes import Outcome, sample_outcome
from omiti2v.responses import Answer, Answers
from omiti2v.samples import CATEGORIES, Role, Sample
from omiti2v.score_ratios import has_roles
from omiti2v.takes import by_sample

Row = Mapping[str, Answer]
"""A judge's answers about one video, by question id."""


Kind = tuple[str, str, str]
"""Category, role and expected answer of questions; of clips the category and two empty strings."""


_ROLES: Mapping[str, Role | None] = {
    "accuracy": None,
    "edit_accuracy": "edit",
    "preserve_accuracy": "preserve",
}
_OUTCOMES: tuple[Outcome, ...] = ("success", "negligent")


@dataclass(frozen=True)
class Counts:
    """What each sample has of each kind, as shares of all that it has.

    Attributes:
        kinds: The columns.
        asked: What could be judged, shape (samples, kinds).
        judged: What the judge takes for right, shape (samples, kinds).
        all: What could be judged if every sample had its videos, shape (samples, kinds).
    """

    kinds: tuple[Kind, ...]
    asked: Matrix
    judged: Matrix
    all: Matrix

    @property
    def covered(self) -> Mask:
        """Samples that have any, shape (samples,)."""
        found: Mask = self.all.sum(axis=1) > 0
        return found


@dataclass(frozen=True)
class JudgedCounts:
    """What a judge says of samples, as far as a correction takes it.

    Attributes:
        category: Number of each sample's, shape (samples,).
        questions, outcomes: By the name of the score; empty where questions have no roles.
    """

    category: NDArray[np.intp]
    questions: Mapping[str, Counts]
    outcomes: Mapping[Outcome, Counts]


def judged_counts(
    samples: Sequence[Sample], answers: Answers, judgeable: Collection[str]
) -> JudgedCounts:
    """What the judge says of each sample; arguments as for `corrected_means`."""
    videos = by_sample(answers)
    rows = [
        (sample, [answers[v] if v in judgeable else None for v in videos.get(sample.id, ())])
        for sample in samples
    ]
    known = has_roles(samples)
    return JudgedCounts(
        np.array([CATEGORIES.index(sample.category) for sample in samples], dtype=np.intp),
        {name: _question_counts(rows, role) for name, role in _ROLES.items() if known},
        {outcome: _clip_counts(rows, outcome) for outcome in _OUTCOMES if known},
    )


def _question_counts(
    rows: Sequence[tuple[Sample, Sequence[Row | None]]], role: Role | None
) -> Counts:
    """The questions of a role, or of both."""
    places: dict[Kind, int] = {}
    cells = [
        [
            (places.setdefault((sample.category, str(q.role), q.expected_answer), len(places)), q)
            for q in sample.questions
            if role in (None, q.role)
        ]
        for sample, _ in rows
    ]
    asked, judged, possible = np.zeros((3, len(rows), len(places)))
    for place, (own, (_, takes)) in enumerate(zip(cells, rows, strict=True)):
        for kind, _ in own:
            possible[place, kind] += 1 / len(own)
        for row in takes:
            if row is None:
                continue
            share = 1 / (len(own) * len(takes)) if own else 0.0
            for kind, question in own:
                asked[place, kind] += share
                if row.get(question.id) == question.expected_answer:
                    judged[place, kind] += share
    return Counts(tuple(places), asked, judged, possible)


def _clip_counts(rows: Sequence[tuple[Sample, Sequence[Row | None]]], outcome: Outcome) -> Counts:
    """The clips, as such an outcome or another."""
    places: dict[Kind, int] = {}
    cells = [places.setdefault((sample.category, "", ""), len(places)) for sample, _ in rows]
    asked, judged, possible = np.zeros((3, len(rows), len(places)))
    for place, (kind, (sample, takes)) in enumerate(zip(cells, rows, strict=True)):
        possible[place, kind] = 1
        for row in takes:
            if row is not None:
                asked[place, kind] += 1 / len(takes)
                judged[place, kind] += (sample_outcome(sample, row) == outcome) / len(takes)
    return Counts(tuple(places), asked, judged, possible)
