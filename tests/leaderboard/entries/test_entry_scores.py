"""Every entry is scored by the board's own rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from run_rows import as_takes

from leaderboard.entries import Board, make_row
from leaderboard.entries.entry_scores import score_run
from leaderboard.entries.plausibility import flat_scores, refuse_impossible_scores
from leaderboard.entries.verify import compare_numbers
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


def test_marks_of_a_run_with_takes_give_its_scores(make_run: MakeRun, edition: Edition) -> None:
    def wrong(sample: Sample, question: Question) -> str:
        return "no" if question.expected_answer == "yes" else "yes"

    first, second = edition.samples[0].id, edition.samples[1].id
    runs = {3: make_run("good", right), 4: make_run("bad", wrong)}
    scores, marks = score_run(as_takes(runs, only={first: {3}, second: set()}))
    assert marks.takes == (1, 1, *(2 for _ in edition.samples[2:]))
    assert marks.outcomes is not None
    assert marks.outcomes[:4] == "susb"
    success = marks.outcome_shares("success")
    assert success is not None
    assert scores.outcomes is not None
    assert sum(success) / len(success) == pytest.approx(scores.outcomes["success"].value)
    refuse_impossible_scores(scores, flat_scores(scores), marks, metrics={}, where="here")
    assert {"takes:any", "takes:all"} <= flat_scores(scores).keys()
    changed = scores.model_copy(update={"takes": score_run(runs[3])[0].takes})
    assert [row.what for row in compare_numbers("e", (changed, marks), (scores, marks))] == [
        *("takes", "takes:all", "takes:any"),
    ]
    assert score_run(as_takes({7: runs[3]}))[1].takes is None
