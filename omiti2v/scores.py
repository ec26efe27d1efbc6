"""Scores of one run, from its response log alone.

All scores are fractions in [0, 1] (lift is at most 1 and may be negative); metrics keep their own
units. `unknown` and `error` count as wrong and are reported as coverage; a judge that says yes or
no to fewer than half of the questions put to it makes no score at all. A sample without a video
counts 0 unless it is dropped on request; of a sample with several, the mean over them counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, StringConstraints

from omiti2v.bootstrap import Ratio
from omiti2v.definitions import FEW_SAMPLES
from omiti2v.errors import UserError
from omiti2v.estimation.soft_scores import Chances, soft_ratios
from omiti2v.intervals import (
    Bounds,
    Interval,
    average_interval,
    mean_interval,
    ratio_interval,
)
from omiti2v.records import OrAbsent, Record
from omiti2v.responses import Answers, Measurement, too_few_answers
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import (
    Ratios,
    answer_ratios,
    coverage_ratios,
    floor_ratios,
    has_roles,
    metric_ratios,
)
from omiti2v.take_scores import TakeSpread, take_ratios, take_spread
from omiti2v.takes import has_takes, sample_of

Missing = Literal["zero", "drop"]

RESAMPLES = 10_000
MIN_RESAMPLES = 100
MAX_RESAMPLES = 1_000_000


class Estimate(Record):
    """A score with its 95 % interval; see `omiti2v.intervals`.

    Attributes:
        value: The score.
        low, high: Ends of the interval; None where it is exact, and where nothing tells how far it
            reaches: for a metric without bounds of one video, or the same of all.
        n: Number of samples that the score covers.
        exact: It follows from the annotations, whatever any judge says; left out on disk if not.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    exact: Annotated[bool, Field(exclude_if=lambda value: not value)] = False

    @property
    def is_of_few(self) -> bool:
        """Whether it is to be marked as of fewer than `FEW_SAMPLES` samples."""
        return not self.exact and self.n < FEW_SAMPLES


class Judged(Record):
    """Numbers that a judge's answers may be too few for.

    Attributes:
        judge_unavailable: Why they are, see `too_few_answers`: every score, outcome and breakdown
            that needs them is then not available. Else None, and left out on disk.
    """

    judge_unavailable: OrAbsent[Annotated[str, StringConstraints(max_length=1000)]] = None


class Takes(TakeSpread):
    """What several videos of a sample tell beside the scores.

    Attributes:
        any, all: Shares of the samples that at least one of their videos, and that every one,
            succeeds at; None where not available.
    """

    any: Estimate | None
    all: Estimate | None


class Scores(Judged):
    """Everything in `scores.json`. None stands for "not available".

    Attributes:
        samples: Number of samples scored.
        missing: Whether a sample without a video counted 0 or was dropped.
        resamples, seed: Of the tests of a comparison with this run, where none are given; the
            numbers here do not depend on them.
        intervals: How they were made: "effective" as `omiti2v.intervals` says; "bootstrap", left
            out on disk, in files of before.
        scores: accuracy, semantic_average, edit_accuracy, preserve_accuracy, edit_success,
            still_floor, lift. The last five need reference answers, all but still_floor a judge.
        outcomes: Shares of success, partial, negligent, broken and unscored; they add up to 1.
            None where the edition has no reference answers or no judge was asked.
        coverage: `videos`: share of samples with a video. `answered`, `unknown`, `error`,
            `missing`: shares of the questions of the samples scored; they add up to 1; absent
            where no judge was asked.
        breakdowns: By category, domain, subcategory, image_type (accuracy, and where available
            success and negligence), by question dimension and by the kind of facet that a question
            tests (accuracy over questions).
        metrics: Mean over the videos measured, by metric.
        takes: Where some sample has several videos; else None, and left out on disk.
        soft: arithmetic and geometric, from P(yes): see `omiti2v.estimation.soft_scores`; None, and
            left out on disk, where the judge gives none.
    """

    samples: int
    missing: Missing
    resamples: int
    seed: int
    scores: dict[str, Estimate | None]
    outcomes: dict[str, Estimate] | None
    coverage: dict[str, Estimate]
    breakdowns: dict[str, dict[str, dict[str, Estimate]]]
    metrics: dict[str, Estimate | None]
    intervals: Annotated[
        Literal["bootstrap", "effective"], Field(exclude_if=lambda value: value == "bootstrap")
    ] = "bootstrap"
    takes: OrAbsent[Takes] = None
    soft: OrAbsent[dict[str, Estimate]] = None


def compute_scores(
    samples: Sequence[Sample],
    answers: Answers | None,
    *,
    with_video: Collection[str],
    judged: Collection[str] | None = None,
    measurements: Iterable[Measurement] = (),
    chances: Chances | None = None,
    missing: Missing = "zero",
    resamples: int = RESAMPLES,
    seed: int = 0,
    metric_bounds: Mapping[str, Bounds] | None = None,
    exact: bool = False,
) -> Scores:
    """All scores of a run.

    Args:
        samples: The samples that the run covers.
        answers: By video and question id; None where no judge was asked, and every score that
            needs one is then not available.
        with_video: The videos that are there.
        judged: Those of them that could be put to the judge; None for all.
        measurements: Of the metrics; a value of None counts as not measured.
        chances: P(right answer) by video and question id; None where the judge gives none.
        missing: `zero` counts a sample without a video as wrong throughout; `drop` leaves it out,
            as the authors' protocol does.
        resamples, seed: For the record; see `Scores`.
        metric_bounds: The smallest and the largest possible value of each metric.
        exact: The answers are no judge's but follow from the annotations.

    Raises:
        UserError: With `drop`, no sample has a video, so that there is nothing to score.
    """
    there = {sample_of(video) for video in with_video}
    has_video = np.array([sample.id in there for sample in samples], dtype=np.float64)
    scored = scored_samples(samples, there, missing)
    if not scored:
        raise UserError("no sample has a video: nothing to score; see `omiti2v check`")
    if answers is not None:
        # A video without an answer counts as one, and none without a video.
        answers = {video: answers.get(video, {}) for video in with_video}
    ratios = metric_ratios(scored, measurements)
    if has_roles(scored):
        ratios |= floor_ratios(scored)
    unavailable = None
    if answers is not None:
        covered = {sample.id for sample in samples}
        put = with_video if judged is None else judged
        unavailable = too_few_answers(
            answers, [video for video in put if sample_of(video) in covered]
        )
        found = coverage_ratios if unavailable else answer_ratios
        ratios |= found(scored, answers)
        if chances is not None and not unavailable:
            ratios |= soft_ratios(scored, chances)
    several = has_takes(with_video)
    usable = None if unavailable else answers
    if several and usable is not None:
        ratios |= take_ratios(scored, usable)
    table = _Estimates(ratios, metric_bounds or {}, exact=exact)
    videos = _Estimates(
        {("coverage", "videos"): Ratio(has_video, np.ones(len(samples)))}, {}, exact=exact
    )
    takes = None
    if several:
        spread = take_spread(scored, usable, with_video)
        some, every = (table.estimate("takes", name) for name in ("any", "all"))
        takes = Takes(**dict(spread), any=some, all=every)
    return Scores(
        samples=len(scored),
        missing=missing,
        resamples=resamples,
        seed=seed,
        scores=_headline_scores(table),
        outcomes=table.family("outcome") or None,
        coverage=videos.family("coverage") | table.family("coverage"),
        breakdowns=_breakdowns(ratios, table),
        metrics={key[1]: table.estimate(*key) for key in ratios if key[0] == "metric"},
        takes=takes,
        soft=table.family("soft") or None,
        judge_unavailable=unavailable,
        intervals="effective",
    )


def scored_samples(
    samples: Sequence[Sample], there: Collection[str], missing: Missing
) -> list[Sample]:
    """Those that count: all, or with `drop` those that have a video, as `there` names them."""
    return [sample for sample in samples if missing == "zero" or sample.id in there]


def same_scores(one: Scores, other: Scores, *, tolerance: float = 1e-9) -> bool:
    """Whether two results agree, rounding aside: processors sum in different orders.

    Of intervals that were made in different ways only the numbers between them are compared. Soft
    scores count where both have them: results of before do not.
    """
    if one.soft is None or other.soft is None:
        one, other = (scores.model_copy(update={"soft": None}) for scores in (one, other))

    def same(a: object, b: object) -> bool:
        if isinstance(a, float) and isinstance(b, float):
            return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
        if isinstance(a, dict) and isinstance(b, dict):
            return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
        if isinstance(a, tuple) and isinstance(b, tuple):
            return len(a) == len(b) and all(map(same, a, b))
        return type(a) is type(b) and a == b

    if one.intervals == other.intervals:
        return same(one.model_dump(), other.model_dump())
    return same(_points(one.model_dump()), _points(other.model_dump()))


def _points(node: object) -> object:
    """A result without its intervals."""
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("value"), float):
        return {"value": node["value"], "n": node["n"]}
    return {key: _points(value) for key, value in node.items() if key != "intervals"}


def _headline_scores(table: _Estimates) -> dict[str, Estimate | None]:
    names = ("edit_accuracy", "preserve_accuracy", "edit_success", "still_floor")
    accuracy, floor = table.estimate("accuracy"), table.estimate("still_floor")
    return {
        "accuracy": accuracy,
        "semantic_average": table.average(
            [("category", category, "accuracy") for category in CATEGORIES]
        ),
        **{name: table.estimate(name) for name in names},
        "lift": lift(accuracy, floor) if accuracy and floor else None,
    }


def lift(accuracy: Estimate, floor: Estimate) -> Estimate | None:
    """How far an accuracy is above the floor on the way to 1; None where the floor is 1.

    The floor is exact, so that the ends of the accuracy's interval are those of the lift's.
    """
    if floor.value == 1:
        return None

    def above(value: float | None) -> float | None:
        return None if value is None else (value - floor.value) / (1 - floor.value)

    return Estimate(
        value=(accuracy.value - floor.value) / (1 - floor.value),
        low=above(accuracy.low),
        high=above(accuracy.high),
        n=accuracy.n,
        exact=accuracy.exact,
    )


def _breakdowns(ratios: Ratios, table: _Estimates) -> dict[str, dict[str, dict[str, Estimate]]]:
    found: dict[str, dict[str, dict[str, Estimate]]] = {}
    for key in ratios:
        if len(key) == 3 and (estimate := table.estimate(*key)):
            kind, group, name = key
            found.setdefault(kind, {}).setdefault(group, {})[name] = estimate
    return found


class _Estimates:
    """Ratios by key, as estimates."""

    def __init__(self, ratios: Ratios, metric_bounds: Mapping[str, Bounds], *, exact: bool) -> None:
        self._ratios = ratios
        self._metric_bounds = metric_bounds
        self._exact = exact

    def estimate(self, *key: str) -> Estimate | None:
        """One ratio; None where it is absent or covers no sample."""
        ratio = self._ratios.get(key)
        if ratio is None or not ratio.n:
            return None
        if key[0] == "metric":
            bounds = self._metric_bounds.get(key[1], (None, None))
            return self._shown(ratio.value, mean_interval(ratio, bounds=bounds), ratio.n)
        exact = self._exact or key == ("still_floor",)
        return self._shown(ratio.value, None if exact else ratio_interval(ratio), ratio.n, exact)

    def family(self, kind: str) -> dict[str, Estimate]:
        """The ratios whose key is (kind, name), by name."""
        found = {key[1]: self.estimate(*key) for key in self._ratios if key[0] == kind}
        return {name: estimate for name, estimate in found.items() if estimate}

    def average(self, keys: Sequence[tuple[str, ...]]) -> Estimate | None:
        """The mean of some ratios; None where one of them is absent or covers no sample."""
        if any(key not in self._ratios or not self._ratios[key].n for key in keys):
            return None
        parts = [self._ratios[key] for key in keys]
        value = sum(part.value for part in parts) / len(parts)
        covered = np.any([part.denominator > 0 for part in parts], axis=0)
        interval = None if self._exact else average_interval(parts)
        return self._shown(value, interval, int(covered.sum()), self._exact)

    @staticmethod
    def _shown(value: float, interval: Interval | None, n: int, exact: bool = False) -> Estimate:
        low, high = interval or (None, None)
        return Estimate(value=value, low=low, high=high, n=n, exact=exact)
