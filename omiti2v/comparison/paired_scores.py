"""The scores of two runs, sample by sample, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from omiti2v.bootstrap import Ratio
from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.intervals import Bounds
from omiti2v.responses import Answers, Measurement
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import Ratios, answer_ratios, floor_ratios, has_roles, metric_ratios

BREAKDOWNS = ("category", "dimension", "facet")

_FURTHER = 1.5
"""How much further apart than on the videos seen a metric may be on others: most differ by far less
than their bounds would let them."""
_ROUNDING = 1e-12

PairedScores = dict[tuple[str, ...], PairedScore]
"""By the keys of `omiti2v.score_ratios`, and ("semantic_average",) and ("lift",)."""


def paired_answer_scores(samples: Sequence[Sample], a: Answers, b: Answers) -> PairedScores:
    """Every score that comes from answers; one that no sample bears on is absent.

    Args:
        samples: Those compared.
        a, b: The answers of the two runs, of samples with a video.
    """
    tables = [answer_ratios(samples, answers) for answers in (a, b)]
    scores = _paired(*tables)
    categories = [scores.get(("category", name, "accuracy")) for name in CATEGORIES]
    parts = [part for score in categories if score for part in score.parts]
    if len(parts) == len(CATEGORIES):
        scores[("semantic_average",)] = PairedScore(tuple(parts))
    if has_roles(samples):
        lift = _lift(tables[0], tables[1], floor_ratios(samples)[("still_floor",)])
        scores |= {("lift",): lift} if lift else {}
    return scores


def paired_metric_scores(
    samples: Sequence[Sample],
    a: Sequence[Measurement],
    b: Sequence[Measurement],
    *,
    bounds: Mapping[str, Bounds],
) -> PairedScores:
    """The mean of each metric over the videos that have a value in both runs.

    Args:
        samples: Those compared.
        a, b: The measurements of the two runs.
        bounds: The smallest and the largest possible value of each metric.
    """
    found = _paired(metric_ratios(samples, a), metric_ratios(samples, b))
    return {key: _in_unit(score, bounds.get(key[1], (None, None))) for key, score in found.items()}


def _in_unit(score: PairedScore, bounds: Bounds) -> PairedScore:
    least, most = bounds
    if least is None or most is None:
        return replace(score, bounded=False)
    part = score.parts[0]
    seen = _FURTHER * float(np.abs(part.b - part.a).max())
    reach = most - least
    if seen > _ROUNDING * reach:
        reach = min(reach, seen)
    return PairedScore((replace(part, most=reach * part.denominator),))


def _paired(a: Ratios, b: Ratios) -> PairedScores:
    scores: PairedScores = {}
    for key in a:
        if key not in b or (len(key) == 3 and key[0] not in BREAKDOWNS):
            continue
        # The same in both, but for the metrics: there only what both measured is compared.
        shared = (a[key].denominator > 0) & (b[key].denominator > 0)
        part = PairedRatio(
            a[key].numerator * shared, b[key].numerator * shared, a[key].denominator * shared
        )
        if shared.any():
            scores[key] = PairedScore((part,))
    return scores


def _lift(a: Ratios, b: Ratios, floor: Ratio) -> PairedScore | None:
    """(accuracy - floor) / (1 - floor) with its three means over the same samples."""
    above = np.ones(len(floor.numerator)) - floor.numerator
    if not above.sum():
        return None
    first, second = (table[("accuracy",)].numerator - floor.numerator for table in (a, b))
    # The floor is the same in both, so that two runs differ by as much as their accuracies do.
    return PairedScore((PairedRatio(first, second, above, most=np.ones(len(above))),))
