"""Two runs side by side, and pairs that are tested together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from omiti2v.bootstrap import Vector
from omiti2v.comparison.family import adjusted_p_values
from omiti2v.comparison.match import (
    MatchedVideos,
    agreed_missing,
    compared_samples,
    matched_samples,
    matched_videos,
    require_same_judge,
)
from omiti2v.comparison.paired import PairedScore
from omiti2v.comparison.paired_scores import (
    PairedScores,
    paired_answer_scores,
    paired_metric_scores,
)
from omiti2v.comparison.verdict import HEADLINE, FamilyResult, Headline
from omiti2v.errors import UserError
from omiti2v.responses import Answers
from omiti2v.runs import Run
from omiti2v.samples import Sample
from omiti2v.scores import Missing

# Differences of a sample below this share of its values are rounding, as of a mean in two orders.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class PairedRuns:
    """Two runs on the samples that are compared, before anything is tested.

    Attributes:
        a, b: Of one edition, with the videos compared alone; every difference is b - a.
        covered: The samples that both cover.
        samples: Those compared.
        videos: Over which they are.
        missing: The rule for a sample without a video.
        scores: Sample by sample.
        answers: Of both runs; none where a run has no judge.
        metrics: Those that both have in the same version.
        judge_unavailable: Why the answers of a judge make no score.
    """

    a: Run
    b: Run
    covered: Sequence[Sample]
    samples: Sequence[Sample]
    videos: MatchedVideos
    missing: Missing
    scores: PairedScores
    answers: Sequence[Answers]
    metrics: Sequence[str]
    judge_unavailable: str | None

    @property
    def headline(self) -> dict[Headline, Vector]:
        """What each sample of the edition adds to the difference of each headline score."""
        place = {sample.id: number for number, sample in enumerate(self.a.edition.samples)}
        columns = [place[sample.id] for sample in self.samples]
        found = {}
        for name, key in HEADLINE.items():
            if key in self.scores:
                found[name] = np.zeros(len(place))
                found[name][columns] = contributions_to(self.scores[key])
        return found


def pair_runs(
    a: Run,
    b: Run,
    *,
    missing: Missing | None = None,
    common: bool = False,
    allow_different_judge: bool = False,
    equal_seeds: bool = True,
) -> PairedRuns:
    """Put two runs side by side; see `compare_runs`."""
    covered = matched_samples([a, b], common=common)
    if not allow_different_judge:
        require_same_judge(a, b)
    rule = agreed_missing(a, b, missing)
    samples = compared_samples(a, b, covered, missing=rule)
    if not samples:
        raise UserError(
            f"{b.paths.folder}: has no video of a sample that {a.paths.folder} has one of: nothing "
            "to compare"
        )
    metrics = [
        name
        for name, stamp in a.info.metrics.items()
        if name in b.info.metrics and b.info.metrics[name].version == stamp.version
    ]
    videos = matched_videos(a, b, covered, equal_seeds=equal_seeds)
    kept = (a.only(videos.a), b.only(videos.b))
    scores = paired_metric_scores(
        samples,
        *([row for row in run.measurements if row.metric in metrics] for run in kept),
        bounds={name: a.info.metrics[name].bounds for name in metrics},
    )
    judged = a.info.judge is not None and b.info.judge is not None
    reasons = [(name, run.judge_unavailable) for name, run in (("A", a), ("B", b))]
    unavailable = "; ".join(f"{name}: {reason}" for name, reason in reasons if reason)
    answers: list[Answers] = []
    if judged:
        answers = [run.answers for run in kept]
        found = paired_answer_scores(samples, *answers)
        if unavailable:
            found = {key: score for key, score in found.items() if key[0] == "coverage"}
        scores |= found
    return PairedRuns(
        *kept, covered, samples, videos, rule, scores, answers, metrics, unavailable or None
    )


def adjust_pairs(pairs: Sequence[PairedRuns], *, resamples: int, seed: int) -> list[FamilyResult]:
    """The adjusted p-values of pairs that are looked at together, all of one edition."""
    rows = [pair.headline for pair in pairs]
    names: list[Headline] = [name for name in HEADLINE if any(name in row for row in rows)]
    samples = len(pairs[0].a.edition.samples)
    absent = np.full(samples, np.nan)
    # A pair is its differences against a row of nothing.
    tables = {
        name: np.stack([np.zeros(samples), *(row.get(name, absent) for row in rows)])
        for name in names
    }
    one_more = {
        name: max(pair.scores[HEADLINE[name]].one_more for pair in pairs if name in pair.headline)
        for name in names
    }
    found = adjusted_p_values(
        tables, pairs="first", one_more=one_more, permutations=resamples, seed=seed
    )
    return [
        FamilyResult(
            {name: float(found[name][0, number]) for name in row}, pairs=len(pairs), of="given"
        )
        for number, row in enumerate(rows, start=1)
    ]


def contributions_to(score: PairedScore) -> Vector:
    """What each sample adds to the difference, and 0 where that is nothing but rounding."""
    size = np.mean(
        [
            np.maximum(np.abs(part.a), np.abs(part.b)) / part.denominator.sum()
            for part in score.parts
        ],
        axis=0,
    )
    own = score.contributions
    return np.where(np.abs(own) > _ROUNDING * size, own, 0.0)
