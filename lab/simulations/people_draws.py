"""Draws of runs of which people have answered 60 of 400 samples."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lab.simulations.drawn_runs import (
    HALF,
    KEYS,
    LESS,
    MIXES,
    SAMPLES,
    Indices,
    Mix,
    Row,
    Tally,
    Values,
    draw_behaviours,
    student_width,
    true_values,
)
from omiti2v.bootstrap import Vector
from omiti2v.estimation.anchored_scores import anchored_difference
from omiti2v.estimation.choice import draw_order, order_chances, uncertainty_weights
from omiti2v.estimation.prediction_powered import AnchoredMean, anchored_mean
from omiti2v.samples import CATEGORIES

ANSWERED = 60
SCORES = ("accuracy", "semantic average", "success", "negligent")


def means_of(
    values: Values, scenes: Indices, played: Indices, answered: NDArray[np.bool_], chance: Vector
) -> dict[str, AnchoredMean]:
    """The anchored means of a drawn run.

    Args:
        values: Of all scenes.
        scenes, played: Which scenes, and how each is played, shape (samples,).
        answered: Whether people have answered it, shape (samples,).
        chance: By which chance, shape (samples,).
    """
    groups = values.categories[scenes]
    found = {}
    for score, key in (*((name, name) for name in KEYS), ("semantic average", "accuracy")):
        mean = anchored_mean(
            values.predicted[key][scenes, played],
            np.where(answered, values.truth[key][scenes, played], np.nan),
            chance,
            groups=groups if score == "semantic average" else None,
        )
        # A category of which hardly one is answered has none.
        if mean is not None:
            found[score] = mean
    return found


def people_rows(values: Values, *, draws: int, seed: int) -> list[Row]:
    """Anchored scores of one run."""
    return [
        row
        for name, mix in MIXES.items()
        for row in _people_rows(values, name, mix, draws=draws, seed=seed)
    ]


def _people_rows(values: Values, name: str, mix: Mix, *, draws: int, seed: int) -> list[Row]:
    rng = np.random.default_rng([seed, 1])
    pool = len(values.categories)
    truth = true_values(values, mix)
    tallies = {way: {score: Tally() for score in SCORES} for way in ("at random", "chosen")}
    alone: dict[str, list[float]] = {score: [] for score in SCORES}
    for _ in range(draws):
        scenes = rng.integers(pool, size=SAMPLES)
        played = draw_behaviours(SAMPLES, mix, rng)
        weights = uncertainty_weights(
            *(values.predicted[name][scenes, played] for name in ("success", "negligent"))
        )
        for way, table in tallies.items():
            weight = weights if way == "chosen" else np.ones(SAMPLES)
            answered = np.zeros(SAMPLES, dtype=np.bool_)
            answered[draw_order(weight, rng)[:ANSWERED]] = True
            means = means_of(values, scenes, played, answered, order_chances(weight, ANSWERED))
            for score, mean in means.items():
                table[score].add(mean.value, mean.interval, truth[score])
            if way == "at random":
                for score in SCORES:
                    width = _width_alone(values, scenes[answered], played[answered], score)
                    alone[score].append(width)
    return [
        tally.row(
            part="people",
            setting=f"{name}, {way}",
            score=score,
            truth=truth[score],
            alone=float(np.nanmean(alone[score])),
        )
        for way, table in tallies.items()
        for score, tally in table.items()
    ]


def _width_alone(values: Values, scenes: Indices, played: Indices, score: str) -> float:
    """Width of the usual interval of people's answers alone: Wilson's of a share, Student's."""
    n, z = len(scenes), 1.959963984540054
    if score == "semantic average":
        shares = values.truth["accuracy"][scenes, played]
        groups = [shares[values.categories[scenes] == number] for number in range(len(CATEGORIES))]
        if min(map(len, groups)) < 2:
            return math.nan
        return 2 * z * math.sqrt(sum(group.var(ddof=1) / len(group) for group in groups)) / 3
    own = values.truth[score][scenes, played]
    if score == "accuracy":
        return student_width(own)
    share = float(own.mean())
    return 2 * z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)


def difference_rows(values: Values, *, draws: int, seed: int) -> list[Row]:
    """The difference of two runs of which people have answered samples."""
    rng = np.random.default_rng([seed, 2])
    pool = len(values.categories)
    truths = [true_values(values, mix) for mix in (LESS, HALF)]
    ways = ("the same 60 samples in both", "60 samples of each")
    tallies = {way: {score: Tally() for score in SCORES} for way in ways}
    alone: dict[str, list[float]] = {score: [] for score in SCORES}
    chance = np.full(SAMPLES, ANSWERED / SAMPLES)
    for _ in range(draws):
        scenes = rng.integers(pool, size=SAMPLES)
        runs = [draw_behaviours(SAMPLES, mix, rng) for mix in (LESS, HALF)]
        for way, table in tallies.items():
            masks = np.zeros((2, SAMPLES), dtype=np.bool_)
            masks[0, rng.permutation(SAMPLES)[:ANSWERED]] = True
            masks[1] = masks[0]
            if way == ways[1]:
                masks[1] = rng.permutation(masks[0])
            means = [
                means_of(values, scenes, played, mask, chance)
                for played, mask in zip(runs, masks, strict=True)
            ]
            for score in means[0].keys() & means[1].keys():
                value, low, high = anchored_difference(means[0][score], means[1][score])
                true = truths[1][score] - truths[0][score]
                table[score].add(value, (low, high), true)
            if way == ways[0]:
                for score in KEYS:
                    one, other = (values.truth[score][scenes, played][masks[0]] for played in runs)
                    alone[score].append(student_width(other - one))
    return [
        tally.row(
            part="difference",
            setting=way,
            score=score,
            truth=truths[1][score] - truths[0][score],
            alone=float(np.mean(alone[score])) if alone[score] else math.nan,
        )
        for way, table in tallies.items()
        for score, tally in table.items()
    ]
