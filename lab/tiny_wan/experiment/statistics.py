"""From rows of clips to scores and paired differences, by the benchmark's own definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluators.world import Scene
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan.experiment.rows import MEASURES, Row
from omiti2v.bootstrap import Ratio, bootstrap_ratios, percentile_intervals
from omiti2v.comparison import Difference
from omiti2v.comparison.paired import PairedRatio, PairedScore, paired_intervals
from omiti2v.comparison.power import minimum_detectable_difference
from omiti2v.comparison.significance import sign_flip_p_values
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import Ratios, accuracy_ratios, outcome_ratios, role_ratios
from omiti2v.scores import RESAMPLES, Estimate

Clips = Mapping[int, Sequence[Row]]
"""Rows of a setting by seed of the noise, one row a sample."""

Key = tuple[str, ...]
SEED = 0
ALPHA = 0.05
SAME_CHANGE, SAME_LEVELS = 0.005, 0.05
"""Clips of one setting computed in two ways lie closer."""

LOOKED_AT = 24
"""The first scenes, of which results of an unfinished model were seen beforehand."""

EDIT_SUCCESS: Key = ("edit_success",)
NEGLIGENT: Key = ("outcome", "negligent")
ELSEWHERE: Key = ("metric", "elsewhere")
"""The one score that is not a share: levels of 255."""

SEMANTIC: Key = ("semantic_average",)
_CATEGORIES: tuple[Key, ...] = tuple(("category", name, "accuracy") for name in CATEGORIES)


def halves(scenes: Sequence[Scene]) -> tuple[list[Sample], list[Sample]]:
    """The samples to choose on and those to report on: every second round of the kinds of edit."""
    choose: list[Sample] = []
    report: list[Sample] = []
    for scene in scenes:
        (report if scene.stage.index // len(KINDS) % 2 else choose).append(scene.sample)
    return choose, report


def ratios_of(samples: Sequence[Sample], clips: Clips) -> Ratios:
    """All scores of a setting; the numerators and denominators of a sample's seeds are added up.

    Args:
        samples: Those that count.
        clips: With a row for each of them under each seed.
    """
    tables = [_ratios_of_seed(samples, rows) for rows in clips.values()]
    return {
        key: Ratio(
            np.sum([table[key].numerator for table in tables], axis=0),
            np.sum([table[key].denominator for table in tables], axis=0),
        )
        for key in tables[0]
    }


def _ratios_of_seed(samples: Sequence[Sample], rows: Sequence[Row]) -> Ratios:
    by_id = {row.sample_id: row for row in rows}
    answers = {sample.id: by_id[sample.id].answers_to(sample) for sample in samples}
    table = (
        accuracy_ratios(samples, answers)
        | role_ratios(samples, answers)
        | outcome_ratios(samples, answers)
    )
    for name in MEASURES:
        values = np.array([getattr(by_id[sample.id], name) for sample in samples])
        table["metric", name] = Ratio(values, np.ones(len(samples)))
    return table


def estimates(samples: Sequence[Sample], clips: Clips) -> dict[Key, Estimate]:
    """Each score of a setting with its bootstrap interval over samples."""
    ratios = ratios_of(samples, clips)
    values = bootstrap_ratios(list(ratios.values()), resamples=RESAMPLES, seed=SEED)
    found = {
        key: Estimate(value=ratio.value, low=low, high=high, n=ratio.n)
        for (key, ratio), (low, high) in zip(
            ratios.items(), percentile_intervals(values), strict=True
        )
        if ratio.n
    }
    if all(key in found for key in _CATEGORIES):
        columns = [list(ratios).index(key) for key in _CATEGORIES]
        low, high = np.nanquantile(values[:, columns].mean(axis=1), (0.025, 0.975))
        mean = float(np.mean([found[key].value for key in _CATEGORIES]))
        found[SEMANTIC] = Estimate(value=mean, low=float(low), high=float(high), n=len(samples))
    return found


def is_idle(clips: Clips, baseline: Clips) -> bool:
    """Whether a setting makes the clips of another, but for rounding: it never acted."""
    return all(
        row.answers == other.answers
        and abs(row.change - other.change) < SAME_CHANGE
        and abs(row.elsewhere - other.elsewhere) < SAME_LEVELS
        for seed in clips.keys() & baseline.keys()
        for row, other in zip(clips[seed], baseline[seed], strict=True)
    )


def told_apart(row: Difference, p_value: float | None = None) -> bool:
    """Whether a difference is told from none: by its interval and by its p-value.

    The two are of different methods, and near zero one may say yes where the other says no.

    Args:
        row: The difference.
        p_value: An adjusted one, in place of its own.
    """
    if row.low is None or row.high is None:
        return False
    p = row.p_value if p_value is None else p_value
    return not row.low <= 0 <= row.high and p < ALPHA


def differences(samples: Sequence[Sample], a: Clips, b: Clips) -> dict[Key, Difference]:
    """Each score of `b` less that of `a`, over the seeds that both have.

    Args:
        samples: Those that count.
        a, b: The settings.
    """
    seeds = sorted(a.keys() & b.keys())
    one, other = (ratios_of(samples, {seed: clips[seed] for seed in seeds}) for clips in (a, b))
    scores = {
        key: PairedScore(
            (PairedRatio(one[key].numerator, other[key].numerator, one[key].denominator),)
        )
        for key in one
        if one[key].n
    }
    if all(key in scores for key in _CATEGORIES):
        scores[SEMANTIC] = PairedScore(tuple(scores[key].parts[0] for key in _CATEGORIES))
    rows = list(scores.values())
    intervals = paired_intervals(rows, resamples=RESAMPLES, seed=SEED)
    p_values = sign_flip_p_values(
        [row.contributions for row in rows], permutations=RESAMPLES, seed=SEED
    )
    return {
        key: Difference(
            a=score.a,
            b=score.b,
            difference=score.difference,
            low=interval[0] if interval else None,
            high=interval[1] if interval else None,
            p_value=p_value.value,
            p_exact=p_value.exact,
            minimum_detectable=minimum_detectable_difference(error)
            if (error := score.standard_error)
            else None,
            n=score.n,
            differing=score.differing,
        )
        for (key, score), interval, p_value in zip(scores.items(), intervals, p_values, strict=True)
    }
