"""Scores and differences by the benchmark's own definitions, a sample counting once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evaluators.world import Scene
from lab.tiny_wan.experiment.statistics import (
    answers_of,
    differences,
    score_clips,
)
from omiti2v.score_ratios import Ratios

Score = Callable[..., list[Ratios]]


@pytest.fixture
def score(scenes: list[Scene], rows_that: Callable[..., pd.DataFrame]) -> Score:
    """The scores of clips of which these shares did the edit, a share for each seed."""
    samples = [scene.sample for scene in scenes]
    return lambda *shares: score_clips(samples, [rows_that(scenes, share) for share in shares])


def test_answers_go_to_questions_in_their_order(scenes: list[Scene]) -> None:
    sample = scenes[0].sample
    letters = "".join(question.expected_answer[0] for question in sample.questions)
    expected = {question.id: question.expected_answer for question in sample.questions}
    assert answers_of(sample, letters) == expected


def test_clips_that_do_the_edit_succeed_and_still_ones_are_negligent(score: Score) -> None:
    done, still = differences(None, score(1.0)), differences(None, score(0.0))
    names = ["edit success", "negligent", "semantic", "change", "elsewhere"]
    assert list(done.loc[names, "value"]) == [100, 0, 100, 100, 2]
    assert list(still.loc[names[:2], "value"]) == [0, 100]


def test_seeds_are_averaged_and_samples_counted_once(score: Score, scenes: list[Scene]) -> None:
    row = differences(None, score(1.0, 0.0)).loc["edit success"]
    # Every sample does the edit under one seed of two: nothing varies between samples.
    assert list(row[["value", "n"]]) == [50, len(scenes)]
    assert row["low"] == pytest.approx(100 - row["high"])
    assert 25 < row["low"] < 50


def test_differences_are_over_the_seeds_that_both_have(score: Score, scenes: list[Scene]) -> None:
    row = differences(score(0.0, 1.0), score(1.0)).loc["edit success"]
    assert (row["value"], row["n"]) == (100, len(scenes))
    assert row["p"] == pytest.approx(2 / 2 ** len(scenes))


def test_only_members_count(score: Score, scenes: list[Scene]) -> None:
    members = np.arange(len(scenes)) < 6
    assert differences(None, score(0.5), members).loc["edit success", "n"] == 6
