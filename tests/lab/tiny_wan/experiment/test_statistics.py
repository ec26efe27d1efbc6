"""Scores and differences by the benchmark's own definitions, a sample counting once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from evaluators.world import Scene
from lab.tiny_wan.experiment.statistics import (
    EDIT_SUCCESS,
    NEGLIGENT,
    SEMANTIC,
    answers_of,
    differences,
    is_reported,
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
    assert (done[EDIT_SUCCESS].b, done[NEGLIGENT].b, done[SEMANTIC].b) == (1, 0, 1)
    assert (still[EDIT_SUCCESS].b, still[NEGLIGENT].b) == (0, 1)
    assert done["metric", "change"].b == 1


def test_seeds_are_averaged_and_samples_counted_once(score: Score, scenes: list[Scene]) -> None:
    row = differences(None, score(1.0, 0.0))[EDIT_SUCCESS]
    assert (row.b, row.n) == (0.5, len(scenes))
    # Every sample does the edit under one seed of two: nothing varies between samples.
    assert (row.low, row.high) == (0.5, 0.5)


def test_differences_are_over_the_seeds_that_both_have(score: Score, scenes: list[Scene]) -> None:
    row = differences(score(0.0, 1.0), score(1.0))[EDIT_SUCCESS]
    assert (row.a, row.b, row.difference, row.n) == (0, 1, 1, len(scenes))
    assert row.p_value == pytest.approx(2 / 2 ** len(scenes))


def test_only_members_count(score: Score, scenes: list[Scene]) -> None:
    members = np.arange(len(scenes)) < 6
    assert differences(None, score(0.5), members)[EDIT_SUCCESS].n == 6


def test_the_halves_have_all_kinds_alike(scenes: list[Scene]) -> None:
    report = is_reported(scenes)
    kinds = np.array([scene.stage.kind for scene in scenes])
    assert list(kinds[report]) == list(kinds[~report])
