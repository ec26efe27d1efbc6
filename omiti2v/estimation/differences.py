"""Differences of two runs, anchored in people and corrected for the judge."""

from __future__ import annotations

from collections.abc import Sequence

from omiti2v.calibration import Calibration
from omiti2v.estimation.anchored_scores import Anchors, anchored_difference, anchored_means
from omiti2v.estimation.corrected_scores import corrected_means, out_of_range, usable_scenes
from omiti2v.estimation.people_answers import people_answers
from omiti2v.records import Record
from omiti2v.runs import Run
from omiti2v.samples import Sample


class EstimatedDifference(Record):
    """A score of two runs, both estimated, and their difference.

    Attributes:
        a, b: The estimates, in [0, 1].
        difference: B less A, before either was cut to [0, 1].
        low, high: 95 %.
    """

    a: float
    b: float
    difference: float
    low: float
    high: float


class AnchoredDifferences(Record):
    """Two runs anchored in people's answers.

    Attributes:
        samples: Samples compared.
        answered_a, answered_b, answered_both: Those that people have answered, and that count.
        scores: By name, as in `AnchoredScores`.
    """

    samples: int
    answered_a: int
    answered_b: int
    answered_both: int
    scores: dict[str, EstimatedDifference]


class CorrectedDifferences(Record):
    """Two runs corrected by the calibration of their judge.

    Attributes:
        ground, scenes, same_kind: As in `CorrectedScores`.
        scores: By name.
        refused: Why the others can't be corrected in one run or the other, by name.
    """

    ground: str
    scenes: int
    same_kind: bool
    scores: dict[str, EstimatedDifference]
    refused: dict[str, str]


def anchored_differences(
    a: Run, b: Run, samples: Sequence[Sample], anchors: tuple[Anchors, Anchors]
) -> AnchoredDifferences:
    """What people's answers say of two runs.

    Args:
        a, b: The runs.
        samples: Those compared.
        anchors: Of each run.

    Raises:
        UserError: People have answered too few samples of one.
    """
    one, other = (
        anchored_means(run, samples, people_answers(run, given.people), given.choice)
        for run, given in zip((a, b), anchors, strict=True)
    )
    found = {}
    for key, first in one.means.items():
        if second := other.means.get(key):
            value, low, high = anchored_difference(first, second)
            found[key[-1]] = EstimatedDifference(
                a=_cut(first.value), b=_cut(second.value), difference=value, low=low, high=high
            )
    return AnchoredDifferences(
        samples=len(samples),
        answered_a=len(one.counted),
        answered_b=len(other.counted),
        answered_both=len(one.counted & other.counted),
        scores=found,
    )


def corrected_differences(
    a: Run, b: Run, samples: Sequence[Sample], calibration: Calibration
) -> CorrectedDifferences:
    """Two runs corrected by one calibration, in the scores that it corrects of both.

    Args:
        a, b: The runs.
        samples: Those compared.
        calibration: Of the judge of both.

    Raises:
        UserError: The calibration does not hold what that takes.
    """
    scenes, ground, same_kind = usable_scenes(a, calibration)
    usable_scenes(b, calibration)
    one, other = (corrected_means(samples, run.answers, run.judgeable, scenes) for run in (a, b))
    found, refused = {}, one.refused | other.refused
    for name, first in one.means.items():
        if (second := other.means.get(name)) is None:
            continue
        if reason := out_of_range(first) or out_of_range(second):
            refused[name] = reason
        else:
            low, high = second.minus(first).interval
            found[name] = EstimatedDifference(
                a=_cut(first.value),
                b=_cut(second.value),
                difference=second.value - first.value,
                low=max(-1.0, low),
                high=min(1.0, high),
            )
    return CorrectedDifferences(
        ground=ground, scenes=len(scenes), same_kind=same_kind, scores=found, refused=refused
    )


def _cut(value: float) -> float:
    return min(1.0, max(0.0, value))
