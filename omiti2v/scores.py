"""Scores of one run, from its response log alone.

All scores are fractions in [0, 1] (lift is at most 1 and may be negative); metrics keep their own
units. `unknown` and `error` count as wrong and are reported as coverage; a judge that says yes or
no to fewer than half of the questions put to it makes no score at all. A sample without a video
counts 0 unless it is dropped on request.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StringConstraints

from omiti2v.bootstrap import (
    Ratio,
    bootstrap_ratios,
    percentile_interval,
    percentile_intervals,
)
from omiti2v.errors import UserError
from omiti2v.estimation.soft_scores import Chances, soft_ratios
from omiti2v.records import Record
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

Missing = Literal["zero", "drop"]

RESAMPLES = 10_000
MIN_RESAMPLES = 100
MAX_RESAMPLES = 1_000_000
CONFIDENCE = 0.95


class Estimate(Record):
    """A score with its 95 % bootstrap interval.

    Attributes:
        value: The score.
        low, high: Ends of the interval.
        n: Number of samples that the score covers.
    """

    value: float
    low: float
    high: float
    n: int


class Judged(Record):
    """Numbers that a judge's answers may be too few for.

    Attributes:
        judge_unavailable: Why they are, see `too_few_answers`: every score, outcome and breakdown
            that needs them is then not available. Else None, and left out on disk.
    """

    judge_unavailable: Annotated[
        Annotated[str, StringConstraints(max_length=1000)] | None,
        Field(exclude_if=lambda value: value is None),
    ] = None


class Scores(Judged):
    """Everything in `scores.json`. None stands for "not available".

    Attributes:
        samples: Number of samples scored.
        missing: Whether a sample without a video counted 0 or was dropped.
        resamples, seed: Of the bootstrap.
        scores: accuracy, semantic_average, edit_accuracy, preserve_accuracy, edit_success,
            still_floor, lift. The last five need reference answers, all but still_floor a judge.
        outcomes: Shares of success, partial, negligent, broken and unscored; they add up to 1.
            None where the edition has no reference answers or no judge was asked.
        coverage: `videos`: share of samples with a video. `answered`, `unknown`, `error`,
            `missing`: shares of the questions of the samples scored; they add up to 1; absent
            where no judge was asked.
        breakdowns: By category, domain, subcategory, image_type (accuracy, and where available
            success and negligence) and by question dimension (accuracy over questions).
        metrics: Mean over the videos measured, by metric.
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
    soft: Annotated[dict[str, Estimate] | None, Field(exclude_if=lambda value: value is None)] = (
        None
    )


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
) -> Scores:
    """All scores of a run.

    Args:
        samples: The samples that the run covers.
        answers: By sample id and question id; None where no judge was asked, and every score that
            needs one is then not available.
        with_video: Ids of the samples that have a video.
        judged: Ids of those of them whose video could be put to the judge; None for all.
        measurements: Of the metrics; a value of None counts as not measured.
        chances: P(right answer) by video and question id; None where the judge gives none.
        missing: `zero` counts a sample without a video as wrong throughout; `drop` leaves it out,
            as the authors' protocol does.
        resamples: Number of bootstrap resamples.
        seed: Of the bootstrap.

    Raises:
        UserError: With `drop`, no sample has a video, so that there is nothing to score.
    """
    has_video = np.array([sample.id in with_video for sample in samples], dtype=np.float64)
    scored = [sample for sample in samples if missing == "zero" or sample.id in with_video]
    if not scored:
        raise UserError("no sample has a video: nothing to score; see `omiti2v check`")
    if answers is not None:
        answers = {name: row for name, row in answers.items() if name in with_video}
    ratios = metric_ratios(scored, measurements)
    if has_roles(scored):
        ratios |= floor_ratios(scored)
    unavailable = None
    if answers is not None:
        covered = {sample.id for sample in samples}
        unavailable = too_few_answers(
            answers, covered & set(with_video if judged is None else judged)
        )
        found = coverage_ratios if unavailable else answer_ratios
        ratios |= found(scored, answers)
        if chances is not None and not unavailable:
            ratios |= soft_ratios(scored, chances)
    draws = _Draws(ratios, resamples=resamples, seed=seed)
    videos = _Draws(
        {("coverage", "videos"): Ratio(has_video, np.ones(len(samples)))},
        resamples=resamples,
        seed=seed,
    )
    return Scores(
        samples=len(scored),
        missing=missing,
        resamples=resamples,
        seed=seed,
        scores=_headline_scores(draws),
        outcomes=draws.family("outcome") or None,
        coverage=videos.family("coverage") | draws.family("coverage"),
        breakdowns=_breakdowns(ratios, draws),
        metrics={key[1]: draws.estimate(*key) for key in ratios if key[0] == "metric"},
        soft=draws.family("soft") or None,
        judge_unavailable=unavailable,
    )


def same_scores(one: Scores, other: Scores, *, tolerance: float = 1e-9) -> bool:
    """Whether two results agree, rounding aside: processors sum in different orders.

    Soft scores count where both have them: results of before do not.
    """
    if one.soft is None or other.soft is None:
        one, other = (scores.model_copy(update={"soft": None}) for scores in (one, other))

    def same(a: object, b: object) -> bool:
        if isinstance(a, float) and isinstance(b, float):
            return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
        if isinstance(a, dict) and isinstance(b, dict):
            return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
        return type(a) is type(b) and a == b

    return same(one.model_dump(), other.model_dump())


def _headline_scores(draws: _Draws) -> dict[str, Estimate | None]:
    names = ("edit_accuracy", "preserve_accuracy", "edit_success", "still_floor")
    return {
        "accuracy": draws.estimate("accuracy"),
        "semantic_average": draws.combine(
            lambda addition, deletion, modification: (addition + deletion + modification) / 3,
            [("category", category, "accuracy") for category in CATEGORIES],
        ),
        **{name: draws.estimate(name) for name in names},
        "lift": draws.combine(
            lambda accuracy, floor: (accuracy - floor) / (1 - floor),
            [("accuracy",), ("still_floor",)],
        ),
    }


def _breakdowns(ratios: Ratios, draws: _Draws) -> dict[str, dict[str, dict[str, Estimate]]]:
    table: dict[str, dict[str, dict[str, Estimate]]] = {}
    for key in ratios:
        if len(key) == 3 and (estimate := draws.estimate(*key)):
            kind, group, name = key
            table.setdefault(kind, {}).setdefault(group, {})[name] = estimate
    return table


class _Draws:
    """Values and resampled values of ratios."""

    def __init__(self, ratios: Ratios, *, resamples: int, seed: int) -> None:
        self._ratios = ratios
        self._values = bootstrap_ratios(list(ratios.values()), resamples=resamples, seed=seed)
        self._columns = {key: column for column, key in enumerate(ratios)}
        intervals = percentile_intervals(self._values, confidence=CONFIDENCE) if ratios else []
        self._intervals = dict(zip(ratios, intervals, strict=True))

    def estimate(self, *key: str) -> Estimate | None:
        """One ratio; None where it is absent or covers no sample, and where no resample drew a
        sample that it covers."""
        ratio = self._ratios.get(key)
        if ratio is None or not ratio.n:
            return None
        return _estimate(ratio.value, self._intervals[key], ratio.n)

    def family(self, kind: str) -> dict[str, Estimate]:
        """The ratios whose key is (kind, name), by name."""
        found = {key[1]: self.estimate(*key) for key in self._ratios if key[0] == kind}
        return {name: estimate for name, estimate in found.items() if estimate}

    def combine(
        self,
        formula: Callable[..., NDArray[np.float64]],
        keys: Sequence[tuple[str, ...]],
    ) -> Estimate | None:
        """A formula over ratios; None as for one ratio, and where the formula divides by 0."""
        if any(key not in self._ratios or not self._ratios[key].n for key in keys):
            return None
        parts = [self._ratios[key] for key in keys]
        with np.errstate(invalid="ignore", divide="ignore"):
            value = float(formula(*(np.float64(part.value) for part in parts)))
            drawn = formula(*(self._values[:, self._columns[key]] for key in keys))
        covered = np.any([part.denominator > 0 for part in parts], axis=0)
        return _estimate(
            value, percentile_interval(drawn, confidence=CONFIDENCE), int(covered.sum())
        )


def _estimate(value: float, interval: tuple[float, float], n: int) -> Estimate | None:
    low, high = interval
    if not (math.isfinite(value) and math.isfinite(low)):
        return None
    return Estimate(value=value, low=low, high=high, n=n)
