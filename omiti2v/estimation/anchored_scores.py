"""The scores of a run anchored in people's answers to some of its samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from omiti2v.bootstrap import Vector
from omiti2v.errors import UserError
from omiti2v.estimation.choice import Choice, chances_of, kept_choice
from omiti2v.estimation.people_answers import PeopleAnswers, people_answers
from omiti2v.estimation.prediction_powered import FEWEST, AnchoredMean, anchored_mean, around
from omiti2v.estimation.soft_scores import predicted_ratios
from omiti2v.outcomes import OUTCOMES
from omiti2v.records import Record
from omiti2v.responses import Probability
from omiti2v.reviews.people import PersonAnswer, read_people
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import answer_ratios

SCORES = ("accuracy", "edit_accuracy", "preserve_accuracy", "edit_success")
_KEYS: tuple[tuple[str, ...], ...] = (
    *((name,) for name in SCORES),
    *(("outcome", name) for name in OUTCOMES),
)
Means = dict[tuple[str, ...], AnchoredMean]
"""By the keys of `omiti2v.score_ratios`, and ("semantic_average",)."""


class AnchoredEstimate(Record):
    """A score from the judge's answers and people's.

    Attributes:
        value: The estimate.
        low, high: 95 %, for samples like these, as of every other score.
        judge: The judge's own score.
    """

    value: Probability
    low: Probability
    high: Probability
    judge: Probability

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, given: Any) -> Any:
        """Without the second interval that entries of before have."""
        if not isinstance(given, dict):
            return given
        return {key: one for key, one in given.items() if not str(key).endswith("_of_these")}


class AnchoredScores(Record):
    """A run's scores from the judge's answers and people's.

    Attributes:
        samples: Samples scored.
        answered: Those whose questions people have answered, and that count.
        partial: Samples with some answers of people; they don't count.
        passed_over: Samples that people answered ahead of their turn in a choice; nor do these.
        unknown: Questions that people could not settle; they count as not right.
        reviewers: How many people answered.
        chosen: Whether the samples were chosen by P(yes), with chances of their own.
        scores: accuracy, semantic_average, edit_accuracy, preserve_accuracy, edit_success,
            success, partial, negligent, broken, unscored; those that people's answers are enough
            for.
    """

    samples: int
    answered: int
    partial: int
    passed_over: int
    unknown: int
    reviewers: int
    chosen: bool
    scores: dict[str, AnchoredEstimate]

    @property
    def badge(self) -> str:
        """What the scores rest on, as "people: 60 of 367 samples"."""
        return f"people: {self.answered} of {self.samples} samples"


@dataclass(frozen=True)
class Anchors:
    """What people have said of a run.

    Attributes:
        people: The reviewers' lines, by name.
        choice: Made before they answered; None where their samples came at random.
    """

    people: Mapping[str, Sequence[PersonAnswer]]
    choice: Choice | None


def read_anchors(folder: Path) -> Anchors:
    """What people have said, from a folder of reviews.

    Raises:
        UserError: A file of it is broken.
    """
    return Anchors(read_people(folder), kept_choice(folder))


def anchored_scores(run: Run, anchors: Anchors) -> AnchoredScores:
    """A run's scores anchored in people's answers.

    Raises:
        UserError: The run has no judge or too few answers of its own, or people have answered too
            few samples.
    """
    given = people_answers(run, anchors.people)
    found = anchored_means(run, run.scored, given, anchors.choice)
    return AnchoredScores(
        samples=len(run.scored),
        answered=len(found.counted),
        partial=given.partial,
        passed_over=len(given.samples) - len(found.counted),
        unknown=given.unknown,
        reviewers=len(given.reviewers),
        chosen=anchors.choice is not None,
        scores={
            key[-1]: AnchoredEstimate(
                value=min(1.0, max(0.0, mean.value)),
                low=mean.interval[0],
                high=mean.interval[1],
                judge=found.judge[key],
            )
            for key, mean in found.means.items()
        },
    )


@dataclass(frozen=True)
class AnchoredMeans:
    """Anchored means over the same samples.

    Attributes:
        means: Each with a contribution for every sample.
        judge: The judge's own value of each.
        counted: Ids of the samples that people have answered, and that count.
    """

    means: Means
    judge: dict[tuple[str, ...], float]
    counted: frozenset[str]


def anchored_means(
    run: Run, samples: Sequence[Sample], given: PeopleAnswers, choice: Choice | None
) -> AnchoredMeans:
    """Every score that people's answers are enough for.

    Raises:
        UserError: As for `anchored_scores`.
    """
    folder = run.paths.folder
    if run.info.judge is None:
        raise UserError(f"{folder}: has no judge (metrics only): nothing for people to anchor")
    if run.judge_unavailable:
        raise UserError(f"{folder}: {run.judge_unavailable}")
    with_video = {video.sample_id for video in run.videos}
    ids = {sample.id for sample in samples}
    chance, counted = chances_of(samples, given.samples & ids, with_video=with_video, choice=choice)
    if len(counted) < FEWEST:
        raise UserError(
            f"{folder}: people have answered every question about {len(counted)} of "
            f"{len(samples)} samples, expected at least {FEWEST}; answer more with `omiti2v data "
            "review --run`"
        )
    known = np.array([s.id in counted or s.id not in with_video for s in samples])
    answers = run.answers
    judge, people = answer_ratios(samples, answers), answer_ratios(samples, given.answers)
    chances = run.right_chances
    predicted = judge if chances is None else judge | predicted_ratios(samples, chances)
    means: Means = {}
    own: dict[tuple[str, ...], float] = {}
    values: dict[tuple[str, ...], tuple[Vector, Vector]] = {}
    for key in _KEYS:
        if key not in judge:
            continue
        covered = people[key].denominator > 0
        said = np.where(known, people[key].numerator, np.nan)
        values[key] = (predicted[key].numerator, said)
        mean = anchored_mean(*(row[covered] for row in (*values[key], chance)))
        if mean is not None:
            means[key], own[key] = _spread(mean, covered), judge[key].value
    groups = np.array([CATEGORIES.index(sample.category) for sample in samples])
    if len(set(groups.tolist())) == len(CATEGORIES):
        average = anchored_mean(*values[("accuracy",)], chance, groups=groups)
        if average is not None:
            means[("semantic_average",)] = average
            own[("semantic_average",)] = float(
                np.mean([judge["category", name, "accuracy"].value for name in CATEGORIES])
            )
    if not means:
        raise UserError(
            f"{folder}: people have answered fewer than {FEWEST} of the samples that were chosen "
            "for them; answer more with `omiti2v data review --run`"
        )
    return AnchoredMeans(means, own, counted)


def anchored_difference(a: AnchoredMean, b: AnchoredMean) -> tuple[float, float, float]:
    """B less A with its 95 % interval, for samples like these.

    Each sample adds what it adds to B less what it adds to A, so that what people said of the same
    samples in both is compared there, and what they said in one alone counts as well.

    Args:
        a, b: Over the same samples, in one order.
    """
    error = float(
        np.sqrt(np.sum((b.contributions - a.contributions) ** 2) + (a.made_up + b.made_up) / 2)
    )
    value = b.value - a.value
    low, high = around(
        value,
        b.center - a.center,
        error,
        freedom=min(a.freedom, b.freedom),
        bounds=(-1.0, 1.0),
    )
    return value, low, high


def _spread(mean: AnchoredMean, covered: NDArray[np.bool_]) -> AnchoredMean:
    """The same with a contribution for every sample, 0 for those that it does not cover."""
    contributions = np.zeros(len(covered))
    contributions[covered] = mean.contributions
    return replace(mean, contributions=contributions)
