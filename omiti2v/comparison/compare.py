"""Comparing two runs: from their logs to every difference, its interval and its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from omiti2v.calibration import Calibration
from omiti2v.comparison.match import agreed_missing, matched_samples, require_same_judge
from omiti2v.comparison.notes import comparison_notes
from omiti2v.comparison.paired import PairedScore, paired_intervals
from omiti2v.comparison.paired_scores import (
    PairedScores,
    paired_answer_scores,
    paired_metric_scores,
)
from omiti2v.comparison.power import minimum_detectable_difference
from omiti2v.comparison.resolution import judge_error
from omiti2v.comparison.result import Comparison, Difference, Flip, RunSummary, SuccessTable
from omiti2v.comparison.significance import holm_adjust, mcnemar_exact, sign_flip_p_values
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import Anchors
from omiti2v.estimation.differences import anchored_differences, corrected_differences
from omiti2v.outcomes import OUTCOMES, Outcome, sample_outcome
from omiti2v.responses import Answers, match_answers
from omiti2v.runs import JudgeStamp, Run
from omiti2v.samples import Sample
from omiti2v.scores import RESAMPLES, Missing

SCORES = (
    "accuracy",
    "semantic_average",
    "edit_accuracy",
    "preserve_accuracy",
    "edit_success",
    "lift",
)

HEADLINE: Mapping[str, tuple[str, ...]] = {
    "success": ("outcome", "success"),
    "semantic_average": ("semantic_average",),
    "negligence": ("outcome", "negligent"),
}
"""The family of tests: the strict headline, the paper's number, and what the benchmark is about.

Holm's adjustment is over these alone. They are named before any number is seen; every other
p-value is unadjusted and there to explore, not to conclude from.
"""


def compare_runs(
    a: Run,
    b: Run,
    *,
    missing: Missing | None = None,
    common: bool = False,
    allow_different_judge: bool = False,
    calibration: Calibration | None = None,
    anchors: tuple[Anchors, Anchors] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Compare two runs on the same samples, from their logs alone.

    Args:
        a, b: Of one edition; every difference is b - a.
        missing: `zero` counts a sample without a video as wrong for its run; `drop` leaves a
            sample without a video in either run out of both. None for the runs' own rule.
        common: Compare on the samples that both cover, where one was limited to some.
        allow_different_judge: Compare answers of different judges.
        calibration: Of the judge, to tell differences from what its errors could make, and to
            correct them.
        anchors: What people have said of each run; None for nothing.
        resamples: Of the bootstrap, and the random assignments of the permutation test.
        seed: Of both.

    Raises:
        UserError: The runs are of different editions, samples or judges, were scored with
            different rules and none is given, or leave nothing to compare; the calibration is not
            of the one judge of both.
    """
    covered = matched_samples([a, b], common=common)
    if not allow_different_judge:
        require_same_judge(a, b)
    rule = agreed_missing(a, b, missing)
    with_video = [{video.sample_id for video in run.videos} for run in (a, b)]
    samples = [s for s in covered if rule == "zero" or all(s.id in ids for ids in with_video)]
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
    scores = paired_metric_scores(
        samples,
        *([row for row in run.measurements if row.metric in metrics] for run in (a, b)),
    )
    judged = a.info.judge is not None and b.info.judge is not None
    reasons = [(name, run.judge_unavailable) for name, run in (("A", a), ("B", b))]
    unavailable = "; ".join(f"{name}: {reason}" for name, reason in reasons if reason)
    answers: list[Answers] = []
    if judged:
        answers = [match_answers(run.edition, run.responses) for run in (a, b)]
        found = paired_answer_scores(samples, *answers)
        if unavailable:
            found = {key: score for key, score in found.items() if key[0] == "coverage"}
        scores |= found
    usable = judged and not unavailable
    differences = score_differences(scores, resamples=resamples, seed=seed)
    outcomes = {
        name: differences["outcome", name] for name in OUTCOMES if ("outcome", name) in differences
    }
    flips, table = _successes(samples, *answers) if outcomes else ((), None)
    rows = {name: differences.get((name,)) for name in SCORES}
    coverage = {key[1]: row for key, row in differences.items() if key[0] == "coverage"}
    return Comparison(
        edition=a.info.edition,
        a=_summary(a, covered),
        b=_summary(b, covered),
        covered=len(covered),
        samples=len(samples),
        missing=rule,
        resamples=resamples,
        seed=seed,
        family=tuple(name for name, key in HEADLINE.items() if key in differences),
        scores=rows,
        outcomes=outcomes or None,
        coverage=coverage,
        breakdowns=_breakdowns(differences),
        metrics={name: differences.get(("metric", name)) for name in sorted(metrics)},
        success=table,
        flips=flips,
        judge_error=judge_error(calibration, _one_judge(a, b), rows, coverage)
        if calibration and not unavailable
        else None,
        people=anchored_differences(a, b, samples, anchors) if anchors and usable else None,
        corrected=corrected_differences(a, b, samples, calibration)
        if calibration and usable
        else None,
        notes=tuple(comparison_notes(a, b, covered=covered, compared=len(samples), missing=rule)),
        judge_unavailable=unavailable or None,
    )


def _one_judge(a: Run, b: Run) -> JudgeStamp:
    one, other = a.info.judge, b.info.judge
    if one is None or other is None:
        raise UserError("calibration: of a judge, but the runs are compared by their metrics alone")
    if one.fingerprint != other.fingerprint:
        raise UserError("calibration: of one judge, but the runs were judged by two")
    return one


def score_differences(
    scores: PairedScores, *, resamples: int, seed: int
) -> dict[tuple[str, ...], Difference]:
    """Each score's difference, with its interval and tests, by key."""
    rows = list(scores.values())
    intervals = paired_intervals(rows, resamples=resamples, seed=seed)
    p_values = sign_flip_p_values(
        [row.contributions for row in rows], permutations=resamples, seed=seed
    )
    tested = dict(zip(scores, p_values, strict=True))
    adjusted = holm_adjust({key: tested[key].value for key in HEADLINE.values() if key in tested})
    return {
        key: Difference(
            a=score.a,
            b=score.b,
            difference=score.difference,
            low=interval[0] if interval else None,
            high=interval[1] if interval else None,
            p_value=tested[key].value,
            p_exact=tested[key].exact,
            p_holm=adjusted.get(key),
            minimum_detectable=_detectable(score),
            n=score.n,
            differing=score.differing,
        )
        for (key, score), interval in zip(scores.items(), intervals, strict=True)
    }


def _detectable(score: PairedScore) -> float | None:
    """None where all samples differ alike: no spread was seen, which is not the same as none."""
    error = score.standard_error
    return minimum_detectable_difference(error) if error else None


def _breakdowns(
    differences: Mapping[tuple[str, ...], Difference],
) -> dict[str, dict[str, dict[str, Difference]]]:
    table: dict[str, dict[str, dict[str, Difference]]] = {}
    for key, row in differences.items():
        if len(key) == 3:
            kind, group, name = key
            table.setdefault(kind, {}).setdefault(group, {})[name] = row
    return table


def _successes(
    samples: Sequence[Sample], a: Answers, b: Answers
) -> tuple[tuple[Flip, ...], SuccessTable]:
    """The samples whose success flipped, and how many did what."""
    counts = {(in_a, in_b): 0 for in_a in (True, False) for in_b in (True, False)}
    flips = []
    for sample in samples:
        one: Outcome = sample_outcome(sample, a.get(sample.id, {}))
        other: Outcome = sample_outcome(sample, b.get(sample.id, {}))
        place = (one == "success", other == "success")
        counts[place] += 1
        if place[0] != place[1]:
            flips.append(
                Flip(
                    sample_id=sample.id,
                    category=sample.category,
                    prompt=sample.prompt,
                    direction="lost" if place[0] else "gained",
                    outcome_a=one,
                    outcome_b=other,
                )
            )
    flips.sort(key=lambda flip: (flip.direction, flip.sample_id))
    only_a, only_b = counts[True, False], counts[False, True]
    table = SuccessTable(
        both=counts[True, True],
        only_a=only_a,
        only_b=only_b,
        neither=counts[False, False],
        p_value=mcnemar_exact(only_a, only_b),
    )
    return tuple(flips), table


def _summary(run: Run, covered: Sequence[Sample]) -> RunSummary:
    ids = {sample.id for sample in covered}
    judge = run.info.judge
    return RunSummary(
        name=run.info.submission.name,
        method=run.info.submission.method,
        judge=judge.name if judge else None,
        judge_fingerprint=judge.fingerprint if judge else None,
        videos=sum(video.sample_id in ids for video in run.videos),
    )
