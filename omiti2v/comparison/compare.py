"""Comparing two runs: from their logs to every difference, its interval and its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from omiti2v.calibration import Calibration
from omiti2v.comparison.notes import comparison_notes
from omiti2v.comparison.paired import PairedScore, paired_interval
from omiti2v.comparison.paired_scores import PairedScores
from omiti2v.comparison.pairs import PairedRuns, adjust_pairs, contributions_to, pair_runs
from omiti2v.comparison.power import minimum_detectable_difference
from omiti2v.comparison.result import Comparison, Difference, Flip, RunSummary, SuccessTable
from omiti2v.comparison.significance import mcnemar_exact, sign_flip_p_values
from omiti2v.comparison.verdict import HEADLINE, FamilyResult, Headline, verdict
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import Anchors
from omiti2v.estimation.corrected_scores import require_judge_of
from omiti2v.estimation.differences import anchored_differences, corrected_differences
from omiti2v.outcomes import OUTCOMES, sample_outcome, usual_outcome
from omiti2v.responses import Answers
from omiti2v.runs import Run
from omiti2v.samples import Sample
from omiti2v.score_ratios import takes_of_samples
from omiti2v.scores import RESAMPLES, Missing

SCORES = (
    "accuracy",
    "semantic_average",
    "edit_accuracy",
    "preserve_accuracy",
    "edit_success",
    "lift",
)


def compare_runs(
    a: Run,
    b: Run,
    *,
    missing: Missing | None = None,
    common: bool = False,
    allow_different_judge: bool = False,
    equal_seeds: bool = True,
    calibration: Calibration | None = None,
    family: FamilyResult | None = None,
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
        equal_seeds: Compare a sample over the seeds that both have of it, where there are any; else
            over all takes of each run, as a board averages them.
        calibration: Of the judge of both, to correct differences for its errors.
        family: What the headline's p-values are where more pairs than this one are looked at.
        anchors: What people have said of each run; None for nothing.
        resamples: Random assignments of the permutation tests.
        seed: Of them.

    Raises:
        UserError: The runs are of different editions, samples or judges, were scored with
            different rules and none is given, or leave nothing to compare; the calibration is not
            of the one judge of both.
    """
    pair = pair_runs(
        a,
        b,
        missing=missing,
        common=common,
        allow_different_judge=allow_different_judge,
        equal_seeds=equal_seeds,
    )
    if family is None:
        (family,) = adjust_pairs([pair], resamples=resamples, seed=seed)
    return compare_pair(
        pair,
        family=family,
        calibration=calibration,
        anchors=anchors,
        resamples=resamples,
        seed=seed,
    )


def compare_pair(
    pair: PairedRuns,
    *,
    family: FamilyResult,
    calibration: Calibration | None = None,
    anchors: tuple[Anchors, Anchors] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Everything about a pair; see `compare_runs`."""
    a, b, samples, unavailable = pair.a, pair.b, pair.samples, pair.judge_unavailable
    if calibration and not unavailable:
        for run in (a, b):
            require_judge_of(run, calibration)
    usable = bool(pair.answers) and not unavailable
    differences = score_differences(
        pair.scores, adjusted=family.p_values, resamples=resamples, seed=seed
    )
    outcomes = {
        name: differences["outcome", name] for name in OUTCOMES if ("outcome", name) in differences
    }
    flips, table = _successes(samples, *pair.answers) if outcomes else ((), None)
    rows = {name: differences.get((name,)) for name in SCORES}
    coverage = {key[1]: row for key, row in differences.items() if key[0] == "coverage"}
    notes = list(
        comparison_notes(
            a,
            b,
            covered=pair.covered,
            compared=len(samples),
            videos=pair.videos,
            missing=pair.missing,
        )
    )
    people, corrected = None, None
    if anchors and usable:
        try:
            people = anchored_differences(a, b, samples, anchors)
        except UserError as error:
            notes.append(f"not anchored in people: {error}")
    if calibration and usable:
        try:
            corrected = corrected_differences(a, b, samples, calibration)
        except UserError as error:
            notes.append(f"not corrected for the judge: {error}")
    return Comparison(
        edition=a.info.edition,
        a=_summary(a, pair.covered),
        b=_summary(b, pair.covered),
        covered=len(pair.covered),
        samples=len(samples),
        missing=pair.missing,
        resamples=resamples,
        seed=seed,
        family=tuple(family.p_values),
        pairs=family.pairs,
        pairs_of=family.of,
        scores=rows,
        outcomes=outcomes or None,
        coverage=coverage,
        breakdowns=_breakdowns(differences),
        metrics={name: differences.get(("metric", name)) for name in sorted(pair.metrics)},
        success=table,
        flips=flips,
        people=people,
        corrected=corrected,
        notes=tuple(notes),
        judge_unavailable=unavailable,
    )


def score_differences(
    scores: PairedScores,
    *,
    adjusted: Mapping[Headline, float] | None = None,
    resamples: int,
    seed: int,
) -> dict[tuple[str, ...], Difference]:
    """Each score's difference, with its interval and test, by key; the headline's with a verdict.

    Args:
        scores: Sample by sample.
        adjusted: The p-values of the headline scores within their family.
        resamples: Random assignments of the permutation tests.
        seed: Of them.
    """
    rows = list(scores.values())
    contributions = [contributions_to(row) for row in rows]
    intervals = [paired_interval(row) for row in rows]
    p_values = sign_flip_p_values(contributions, permutations=resamples, seed=seed)
    in_family = {HEADLINE[name]: p for name, p in (adjusted or {}).items()}
    return {
        key: Difference(
            a=score.a,
            b=score.b,
            difference=(difference := score.difference if own.any() else 0.0),
            low=interval[0] if interval else None,
            high=interval[1] if interval else None,
            p_value=p_value.value,
            p_exact=p_value.exact,
            p_adjusted=in_family.get(key),
            verdict=verdict(difference, in_family[key]) if key in in_family else None,
            minimum_detectable=_detectable(score),
            n=score.n,
            differing=int(np.count_nonzero(own)),
        )
        for (key, score), interval, p_value, own in zip(
            scores.items(), intervals, p_values, contributions, strict=True
        )
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
    """The samples whose success flipped, and how many did what; see `usual_outcome`."""
    counts = {(in_a, in_b): 0 for in_a in (True, False) for in_b in (True, False)}
    flips = []
    for (sample, in_a), (_, in_b) in zip(
        takes_of_samples(samples, a), takes_of_samples(samples, b), strict=True
    ):
        one, other = (
            usual_outcome([sample_outcome(sample, row) for row in rows]) for rows in (in_a, in_b)
        )
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
        videos=len({video.sample_id for video in run.videos} & ids),
    )
