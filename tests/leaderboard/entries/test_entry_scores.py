"""Every entry is scored by the board's own rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leaderboard.entries import Board, make_row
from omiti2v.editions import Edition
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample
from omiti2v.scores import RESAMPLES

from .conftest import right

MakeRun = Callable[..., Run]


def test_a_board_counts_missing_videos_whatever_the_run_did(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board], edition: Edition
) -> None:
    """Neither dropping them nor limiting the run to the easy samples makes a row better."""
    half = tuple(sample.id for sample in edition.samples[:6])
    dropped = add(make_run("dropped", without=half, missing="drop"))
    limited = add(make_run("limited", sample_ids=half))
    for entry_id in (dropped, limited):
        entry = load().by_id[entry_id]
        assert entry.scores and entry.scores.resamples == RESAMPLES
        row = make_row(entry)
        assert row.figures["accuracy"].value == 0.5
        assert row.coverage == 0.5
        assert row.unranked == "coverage 50.0 %, expected at least 99 %"


def test_answers_that_the_judge_did_not_come_to_lower_the_coverage(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    def failing(sample: Sample, question: Question) -> str:
        return "error" if question.id == "q1" else right(sample, question)

    entry_id = add(make_run("a model", failing))
    row = make_row(load().by_id[entry_id])
    assert row.coverage == pytest.approx(0.75)
    assert row.unranked
