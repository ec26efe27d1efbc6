"""Which samples people are to answer: an order drawn so that the uncertain tend to come early.

The order is drawn once, sample after sample: the next is each of those left with a chance in
proportion to its weight. So the first N are a sample of N with known chances, whatever N is, and
who answers more goes on in the same order. No chance is 0 or 1, and none is far from the others:
a weight is two thirds of the mean plus what P(yes) says, so that the estimate, which counts an
answered sample by one over its chance, stays unbiased and no answer weighs much more than others.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from omiti2v.bootstrap import Vector
from omiti2v.estimation.prediction_powered import FEWEST
from omiti2v.estimation.soft_scores import Chances, predicted_ratios
from omiti2v.records import Record, read_record, write_atomically
from omiti2v.reviews.people import refuse_links
from omiti2v.samples import Sample, SampleId

FILE: Final = "choice.json"
"""Lies beside the answers of people."""

_EVEN = 2 / 3
"""Part of a weight that all samples have alike."""
_LEAST = 1e-9
_GAPS = 10
"""Of so many samples of the order, one may have been left out by people."""

Weight = Annotated[float, Field(gt=1e-3, lt=1e3)]


class Choice(Record):
    """The order in which people are to answer.

    Attributes:
        seed: That it was drawn with.
        before: Samples that people had answered already; they count for sure.
        order: The weight of every other sample with a video to show, in the order drawn.
    """

    seed: Annotated[int, Field(ge=0)]
    before: tuple[SampleId, ...]
    order: Annotated[dict[SampleId, Weight], Field(max_length=100_000)]

    def first(self, count: int) -> tuple[str, ...]:
        """The samples to answer first."""
        return tuple(self.order)[:count]

    def reached(self, answered: Collection[str]) -> int:
        """How far people have come: the longest part from the beginning of which they left out at
        most one in ten.

        What they answered beyond it does not count: nobody knows by which chance it came.
        """
        reached = missing = 0
        for place, name in enumerate(self.order, start=1):
            missing += name not in answered
            if name in answered and missing * _GAPS <= place:
                reached = place
        return reached

    def chances(self, count: int) -> dict[str, float]:
        """With which chance each sample is among the first `count`; see `order_chances`."""
        found = order_chances(np.array(list(self.order.values())), count)
        return dict(zip(self.order, found.tolist(), strict=True))


def draw_choice(
    samples: Sequence[Sample],
    chances: Chances | None,
    *,
    shown: Collection[str],
    before: Collection[str],
    seed: int,
) -> Choice:
    """Draw the order in which people are to answer.

    Args:
        samples: Of the run.
        chances: P(right answer) by the judge; None where it gives none, and all weights are alike.
        shown: Samples whose videos people can be shown.
        before: Samples that people have answered already.
        seed: Of the draw.
    """
    left = [sample for sample in samples if sample.id in shown and sample.id not in before]
    weights = np.ones(len(left))
    if chances is not None and left:
        found = predicted_ratios(left, chances)
        success, negligent = (found["outcome", name].numerator for name in ("success", "negligent"))
        weights = uncertainty_weights(success, negligent)
    order = draw_order(weights, np.random.default_rng(seed))
    return Choice(
        seed=seed,
        before=tuple(sample.id for sample in samples if sample.id in before),
        order={left[i].id: round(float(weights[i]), 6) for i in order},
    )


def draw_order(weights: Vector, rng: np.random.Generator) -> NDArray[np.intp]:
    """An order in which the next is each of those left with a chance in proportion to its weight.

    The shortest of waiting times with these rates comes first with such a chance, and so on.
    """
    return np.argsort(rng.standard_exponential(len(weights)) / weights)


def uncertainty_weights(success: Vector, negligent: Vector) -> Vector:
    """Two thirds alike, one third by how uncertain the judge is of the outcome.

    Args:
        success, negligent: The judge's chances of these outcomes of each sample, as
            `predicted_ratios` has them. How uncertain it is: the root of the sum of their
            variances, each that of a 0 or 1 with such a chance.
    """
    uncertain = np.sqrt(success * (1 - success) + negligent * (1 - negligent))
    if not uncertain.any():
        return np.ones(len(success))
    weights: Vector = _EVEN + (1 - _EVEN) * uncertain / uncertain.mean()
    return weights


def order_chances(weights: Vector, count: int) -> Vector:
    """With which chance each is among the first `count` of a drawn order.

    One drawn by waiting times is there once its time is up; all that are up at the same moment as
    the last of the first `count`. With that moment in place of its distribution the chances add up
    to `count`, and are right to about one part in N (Rosen, "Asymptotic theory for order sampling",
    Journal of Statistical Planning and Inference 62, 1997).

    Args:
        weights: More than 0.
        count: At least 0; all chances are 1 from the number of weights on.
    """
    if count >= len(weights):
        return np.ones(len(weights))
    low, high = 0.0, 1.0
    while float(-np.expm1(-weights * high).sum()) < count:
        high *= 2
    while not math.isclose(low, high, rel_tol=1e-12, abs_tol=1e-300):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (
            (middle, high) if float(-np.expm1(-weights * middle).sum()) < count else (low, middle)
        )
    return -np.expm1(-weights * high)


def kept_choice(folder: Path) -> Choice | None:
    """The choice that lies in a folder of reviews; None where none was made.

    Raises:
        UserError: The file is broken or a link.
    """
    path = _path(folder)
    return read_record(path, Choice) if os.path.lexists(path) else None


def keep_choice(folder: Path, choice: Choice) -> None:
    """Put a choice into a folder of reviews.

    Raises:
        UserError: It can't be written, or the folder is a link.
    """
    write_atomically(_path(folder), choice.model_dump_json(indent=1) + "\n")


def _path(folder: Path) -> Path:
    refuse_links(folder / FILE)
    return folder / FILE


def chances_of(
    samples: Sequence[Sample],
    answered: Collection[str],
    *,
    with_video: Collection[str],
    choice: Choice | None,
) -> tuple[Vector, frozenset[str]]:
    """With which chance each sample came to be answered, and the answers that count.

    A sample without a video has a known value, and chance 1. Without a choice people's samples are
    taken to be drawn at random from the others, as `data review` asks about them; so are those that
    were answered before the choice until enough of it are.

    Args:
        samples: Of the run.
        answered: Ids of those that people have answered.
        with_video: Ids of those that have a video.
        choice: Made before they answered; None for none.

    Returns:
        Chances in (0, 1], shape (samples,), and the ids of the answered samples that they hold for.
    """
    counted: set[str] = set(answered)
    found: dict[str, float] = {}
    to_draw = {sample.id for sample in samples if sample.id in with_video}
    if choice is not None:
        reached = choice.reached(answered)
        first = counted & {*choice.first(reached)}
        before = counted & {*choice.before}
        counted = first | before
        if len(first) >= min(FEWEST, len(choice.order)) or len(before) < FEWEST:
            # Whoever left some out has answered each with so much less of a chance.
            given = len(first) / max(1, reached)
            found = {name: given * chance for name, chance in choice.chances(reached).items()}
            found |= dict.fromkeys(before, 1.0)
            to_draw -= before
        else:  # too few to stand for the others; those of before did so till now
            counted = before
    # Of the others that could have been drawn; also of one that could not be shown, which stands
    # for them in the judge's mean and is never answered.
    usual = len(counted & to_draw) / max(1, len(to_draw))
    values = [found.get(sample.id, usual) if sample.id in with_video else 1.0 for sample in samples]
    return np.maximum(np.array(values), _LEAST), frozenset(counted)
