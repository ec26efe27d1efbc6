"""How many samples a plan needs, and which effect so many can show."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field

from omiti2v.comparison.paired import PairedScore
from omiti2v.errors import UserError
from omiti2v.records import Record

PlannedScore = Literal["success", "semantic_average", "accuracy", "edit_success"]

SHARES: tuple[PlannedScore, ...] = ("success", "edit_success")
"""Scores that are 0 or 1 for a video."""

SPREAD = 0.35
WITHIN = 0.5

Fraction = Annotated[float, Field(gt=0, lt=1)]


class Assumption(Record):
    """How far the samples' differences scatter; the error of a plan does not depend on it, its
    power does.

    Attributes:
        spread: Standard deviation of a sample's difference B - A at one take.
        within: Share of its square that is between takes of one sample: what more takes lessen.
        source: As "assumed", or the runs that the spread was measured on.
    """

    spread: Annotated[float, Field(gt=0, le=1)] = SPREAD
    within: Annotated[float, Field(ge=0, le=1)] = WITHIN
    source: Annotated[str, Field(max_length=1000)] = "assumed"

    def at(self, takes: int) -> float:
        """The spread of the mean of so many takes."""
        return self.spread * math.sqrt(1 - self.within + self.within / takes)


def measured_spread(score: PairedScore, *, takes: int, source: str) -> Assumption:
    """The spread of two runs.

    Args:
        score: In both runs.
        takes: That they have of a sample.
        source: Names them.

    Raises:
        UserError: Their samples do not differ, or all alike, so that there is no spread to see.
    """
    error = score.standard_error
    if not error:
        raise UserError(f"{source}: {score.n} samples that differ nowhere or all alike: no spread")
    spread = error * math.sqrt(score.n)
    one_take = spread / Assumption(spread=1).at(takes)
    return Assumption(spread=min(1.0, one_take), source=source)


def samples_needed(
    effect: float, *, assumption: Assumption, takes: int, drift: float, score: PlannedScore
) -> int:
    """The smallest number of samples at which the planned effect has the drift of a design.

    Two tests have to see it, see `take_look`. Under the planned effect the sum of n differences is
    n * effect. The test of signs takes its variance for n * (spread**2 + effect**2); of a score
    that is 0 or 1 the sums come in steps, which an exact test pays for with half a step, 1 / takes
    (the continuity correction). Student's test adds 1 to that variance.
    """
    variance = assumption.at(takes) ** 2 + effect**2
    step = 1 / takes if score in SHARES else 0.0
    # The root n of effect * n - step = drift * sqrt(variance * n).
    reach = drift * math.sqrt(variance)
    root = (reach + math.sqrt(reach**2 + 4 * effect * step)) / (2 * effect)
    n = math.ceil(root**2)
    while effect * n < drift * math.sqrt(variance * n + 1):
        n += 1
    return n


def smallest_effect(
    samples: int, *, assumption: Assumption, takes: int, drift: float, score: PlannedScore
) -> float | None:
    """The effect that so many samples can show, in steps of 0.001; None where they show none."""

    steps = (step / 1000 for step in range(1, 1000))
    return next(
        (
            effect
            for effect in steps
            if samples_needed(effect, assumption=assumption, takes=takes, drift=drift, score=score)
            <= samples
        ),
        None,
    )
