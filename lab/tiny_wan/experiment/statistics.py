"""From rows of clips to scores and paired differences, by the benchmark's own definitions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.world import Scene
from evaluators.world.vocabulary import KINDS
from lab.tiny_wan.experiment.results import Clips
from lab.tiny_wan.experiment.scoring import MEASURES
from omiti2v.bootstrap import Ratio
from omiti2v.comparison import Difference
from omiti2v.comparison.compare import score_differences
from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.responses import Answer
from omiti2v.samples import CATEGORIES, Sample
from omiti2v.score_ratios import Ratios, accuracy_ratios, outcome_ratios, role_ratios
from omiti2v.scores import RESAMPLES

Key = tuple[str, ...]
SEED = 0
ANSWERS: dict[str, Answer] = {"y": "yes", "n": "no", "u": "unknown", "e": "error"}

EDIT_SUCCESS: Key = ("edit_success",)
NEGLIGENT: Key = ("outcome", "negligent")
ELSEWHERE: Key = ("metric", "elsewhere")
"""The one score that is not a share: levels of 255."""

SEMANTIC: Key = ("semantic_average",)
_CATEGORIES = tuple(("category", name, "accuracy") for name in CATEGORIES)

SCORES: tuple[Key, ...] = (
    EDIT_SUCCESS,
    *(("outcome", name) for name in ("negligent", "success", "partial", "broken", "unscored")),
    ("accuracy",),
    SEMANTIC,
    *_CATEGORIES,
    ("preserve_accuracy",),
    *(("metric", name) for name in MEASURES),
)


def is_reported(scenes: Sequence[Scene]) -> NDArray[np.bool_]:
    """Which samples the choice is reported on: every second round of the kinds of edit."""
    return np.array([scene.stage.index // len(KINDS) % 2 == 1 for scene in scenes])


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


def add_seeds(
    tables: Sequence[Ratios], key: Key, members: NDArray[np.bool_] | slice = slice(None)
) -> Ratio:
    """A score over all seeds: each sample's numerators and denominators added up.

    Args:
        tables: From `score_clips`.
        key: Which score.
        members: The samples that count.
    """
    return Ratio(
        np.sum([table[key].numerator[members] for table in tables], axis=0),
        np.sum([table[key].denominator[members] for table in tables], axis=0),
    )


def differences(
    a: Sequence[Ratios] | None,
    b: Sequence[Ratios],
    members: NDArray[np.bool_] | slice = slice(None),
) -> dict[Key, Difference]:
    """Each of `SCORES` of `b` less that of `a`, over the seeds that both have.

    Args:
        a, b: From `score_clips`. Where `a` is None, nothing is taken off: the differences are the
            scores of `b`, their intervals those of `b` alone, and their p-values say nothing.
        members: The samples that count.
    """
    seeds = slice(len(b) if a is None else min(len(a), len(b)))

    def paired(key: Key) -> PairedRatio:
        after = add_seeds(b[seeds], key, members)
        before = np.zeros_like(after.numerator)
        if a is not None:
            before = add_seeds(a[seeds], key, members).numerator
        return PairedRatio(before, after.numerator, after.denominator)

    scores = {
        key: PairedScore(tuple(map(paired, _CATEGORIES if key == SEMANTIC else (key,))))
        for key in SCORES
    }
    return score_differences(scores, resamples=RESAMPLES, seed=SEED)
