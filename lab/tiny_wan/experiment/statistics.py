"""From rows of clips to scores and paired differences, by the benchmark's own definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lab.tiny_wan.experiment.results import Clips
from lab.tiny_wan.experiment.scoring import MEASURES
from omiti2v.bootstrap import Ratio
from omiti2v.comparison.compare import score_differences
from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.intervals import Interval, average_interval, mean_interval
from omiti2v.outcomes import OUTCOMES
from omiti2v.responses import Answer
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import Ratios, accuracy_ratios, outcome_ratios, role_ratios
from omiti2v.scores import RESAMPLES

Scored = Mapping[str, Sequence[Ratios]]
"""By setting and seed."""

SEED = 0
ANSWERS: dict[str, Answer] = {"y": "yes", "n": "no", "u": "unknown", "e": "error"}

_CATEGORIES = {name: ("category", name, "accuracy") for name in CATEGORIES}

SCORES: Mapping[str, Sequence[tuple[str, ...]]] = {
    "edit success": [("edit_success",)],
    **{name: [("outcome", name)] for name in OUTCOMES},
    "accuracy": [("accuracy",)],
    "semantic": list(_CATEGORIES.values()),
    **{name: [key] for name, key in _CATEGORIES.items()},
    "preserve": [("preserve_accuracy",)],
    **{name.replace("_", " "): [("metric", name)] for name in MEASURES},
}
"""Each score by its name on the page, as the ratios whose mean it is."""

UNBOUNDED = "elsewhere"
"""The one that is no fraction."""


def answers_of(sample: Sample, letters: str) -> dict[str, Answer]:
    """The answers by question id, from one letter for each."""
    pairs = zip(sample.questions, letters, strict=True)
    return {question.id: ANSWERS[letter] for question, letter in pairs}


def score_clips(samples: Sequence[Sample], clips: Clips) -> list[Ratios]:
    """All scores of a setting, for each seed.

    Args:
        samples: In the order of the rows.
        clips: Under each seed.
    """
    tables = []
    for rows in clips:
        letters = zip(samples, rows["answers"], strict=True)
        answers = {sample.id: answers_of(sample, given) for sample, given in letters}
        measures = {
            ("metric", name): Ratio(rows[name].to_numpy(), np.ones(len(samples)))
            for name in MEASURES
        }
        scores = accuracy_ratios(samples, answers) | role_ratios(samples, answers)
        tables.append(scores | outcome_ratios(samples, answers) | measures)
    return tables


def differences(
    a: Sequence[Ratios] | None,
    b: Sequence[Ratios],
    members: NDArray[np.bool_] | slice = slice(None),
) -> pd.DataFrame:
    """Each of `SCORES` of `b` less that of `a`, over the seeds that both have.

    A sample's numerators and denominators are added up over the seeds, so that it counts once.

    Args:
        a, b: From `score_clips`. Where `a` is None, nothing is taken off: the differences are the
            scores of `b`, their intervals those of `b` alone, and their p-values say nothing.
        members: The samples that count.

    Returns:
        By score: `value`, the ends `low` and `high` of its interval, and `mdd`, all in per cent
        (`elsewhere` in levels of 255); `p`; `n`, the number of samples.
    """
    seeds = len(b) if a is None else min(len(a), len(b))

    def paired(key: tuple[str, ...]) -> PairedRatio:
        after = np.sum([table[key].numerator[members] for table in b[:seeds]], axis=0)
        out_of = np.sum([table[key].denominator[members] for table in b[:seeds]], axis=0)
        before = [table[key].numerator[members] for table in a[:seeds]] if a else [0 * after]
        return PairedRatio(np.sum(before, axis=0), after, out_of)

    scores: dict[tuple[str, ...], PairedScore] = {
        (name,): PairedScore(tuple(map(paired, keys)))
        for name, keys in SCORES.items()
        if name != UNBOUNDED
    }
    level = paired(*SCORES[UNBOUNDED])
    mean = PairedRatio(level.a / seeds, level.b / seeds, level.denominator / seeds)
    scores[UNBOUNDED,] = PairedScore((mean,), bounded=False)
    found = {}
    for key, row in score_differences(scores, resamples=RESAMPLES, seed=SEED).items():
        ends = (row.low, row.high) if a else _own_interval(scores[key])
        rest = (row.minimum_detectable, row.p_value, row.n)
        found[key[0]] = (row.difference, *(ends or (None, None)), *rest)
    columns = ["value", "low", "high", "mdd", "p", "n"]
    table = pd.DataFrame.from_dict(found, orient="index", columns=columns, dtype=float)
    table.loc[table.index != UNBOUNDED, columns[:4]] *= 100
    return table


def _own_interval(score: PairedScore) -> Interval | None:
    """That of the score of B alone."""
    parts = [Ratio(part.b, part.denominator) for part in score.parts]
    return average_interval(parts) if score.bounded else mean_interval(parts[0])
