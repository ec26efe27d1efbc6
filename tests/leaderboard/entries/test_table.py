"""What a board shows is what its logs say."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import (
    Board,
    make_row,
    make_table,
    read_entry_run,
)
from leaderboard.entries.entry_info import ReportedResults
from leaderboard.entries.plausibility import flat_scores
from leaderboard.entries.table import sample_count_note
from omiti2v.editions import Edition
from omiti2v.responses import match_answers
from omiti2v.runs import Run
from omiti2v.samples import CATEGORIES
from omiti2v.scores import RESAMPLES, compute_scores

from .conftest import tables

MakeRun = Callable[..., Run]


def test_every_number_of_every_table_is_what_the_log_gives(board: Board) -> None:
    seen = 0
    for table in tables(board):
        for row in table.rows:
            entry = board.by_id[row.id]
            if entry.run is None:
                continue
            run = read_entry_run(board.storage, entry)
            answers = match_answers(run.edition, run.responses) if run.info.judge else None
            again = flat_scores(
                compute_scores(
                    run.edition.samples,
                    answers,
                    with_video={video.sample_id for video in run.videos},
                    measurements=run.measurements,
                    metric_bounds={name: row.bounds for name, row in run.info.metrics.items()},
                    resamples=RESAMPLES,
                    seed=0,
                )
            )
            names = {"success": "outcome:success", "negligence": "outcome:negligent"}
            assert {names.get(name, name) for name in row.figures} == again.keys()
            for name, figure in row.figures.items():
                found = again[names.get(name, name)]
                assert (figure.value, figure.low, figure.high, figure.n) == (
                    pytest.approx(found.value, abs=1e-12),
                    pytest.approx(found.low, abs=1e-12),
                    pytest.approx(found.high, abs=1e-12),
                    found.n,
                )
                seen += 1
    assert seen > 150


def test_the_headlines_are_what_a_person_counts_in_the_log(
    board: Board, folder: Path, edition: Edition
) -> None:
    """By hand: no code of the package between the files and the numbers."""
    path = folder / "entries" / "open" / "mixed" / "responses.jsonl.gz"
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    given = {(row["sample_id"], row["question_id"]): row["answer"] for row in rows}
    per_sample, outcomes = {}, []
    for sample in edition.samples:
        hits = [given[sample.id, q.id] == q.expected_answer for q in sample.questions]
        per_sample[sample.id] = sum(hits) / len(hits)
        edits = [q for q in sample.questions if q.expected_answer != q.reference_answer]
        stays = [q for q in sample.questions if q.expected_answer == q.reference_answer]
        said = {q.id: given[sample.id, q.id] for q in sample.questions}
        answered = [q for q in edits if said[q.id] in ("yes", "no")]
        if not answered:
            outcomes.append("unscored")
        elif any(said[q.id] in ("yes", "no") and said[q.id] != q.expected_answer for q in stays):
            outcomes.append("broken")
        elif all(hits):
            outcomes.append("success")
        elif all(said[q.id] == q.reference_answer for q in answered):
            outcomes.append("negligent")
        else:
            outcomes.append("partial")
    assert len(set(outcomes)) > 2
    figures = make_row(board.by_id["open/mixed"]).figures
    by_category = [
        sum(per_sample[s.id] for s in edition.samples if s.category == name)
        / sum(s.category == name for s in edition.samples)
        for name in CATEGORIES
    ]
    expected = {
        "accuracy": sum(per_sample.values()) / 12,
        "semantic_average": sum(by_category) / 3,
        "success": outcomes.count("success") / 12,
        "negligence": outcomes.count("negligent") / 12,
        "outcome:broken": outcomes.count("broken") / 12,
        "outcome:partial": outcomes.count("partial") / 12,
        "outcome:unscored": outcomes.count("unscored") / 12,
        "coverage:unknown": list(given.values()).count("unknown") / 48,
        "coverage:error": list(given.values()).count("error") / 48,
        **{
            f"category:{name}:accuracy": value
            for name, value in zip(CATEGORIES, by_category, strict=True)
        },
    }
    assert {name: figures[name].value for name in expected} == pytest.approx(expected)


def test_a_metric_is_the_mean_over_the_videos_measured(board: Board) -> None:
    perfect = next(row for row in board.entries if row.slug == "perfect")
    figure = make_row(perfect).figures["metric:speed"]
    assert (figure.value, figure.n) == (pytest.approx(0.875), 2)


def test_tables_never_mix_judges(board: Board) -> None:
    found = {table.key.judge: {row.name for row in table.rows} for table in tables(board)}
    assert found == {
        "": {"unjudged", "Still floor"},
        "a judge": {"perfect", "frozen", "mixed", "half", "Still floor"},
        "another judge": {"perfect", "Still floor"},
    }


def test_the_floor_is_a_line_in_every_table_of_its_edition(board: Board) -> None:
    for table in tables(board):
        assert table.floor and table.floor.value == 0.5
        floor = next(row for row in table.rows if row.badge == "exact")
        assert floor.standing is None


def test_what_is_not_rankable_says_why_and_stands_last(board: Board) -> None:
    table = next(table for table in tables(board) if table.key.judge == "a judge")
    ranked = [row.standing is not None for row in table.rows]
    assert ranked == sorted(ranked, reverse=True)
    assert {row.name: row.unranked for row in table.rows if not row.standing} == {
        "half": "coverage 75.0 %, expected at least 99 %",
        "mixed": "coverage 93.8 %, expected at least 99 %",  # its judge failed on three questions
        "Still floor": "a reference line, not a submission",
    }
    unjudged = next(table for table in tables(board) if not table.key.judge)
    assert {row.unranked for row in unjudged.rows if row.name == "unjudged"} == {
        "no judge was asked: metrics only"
    }


def test_a_table_is_ranked_by_the_score_asked_for(board: Board) -> None:
    key = next(key for key in board.tables if key.judge == "a judge")
    by_success = [row.name for row in make_table(board, key, by="success").rows if row.standing]
    assert by_success[0] == "perfect"
    by_negligence = [
        row.name for row in make_table(board, key, by="negligence").rows if row.standing
    ]
    assert by_negligence[-1] == "frozen"  # lower is better


def test_counts_behind_published_numbers_are_explained() -> None:
    results = ReportedResults(
        edition="official",
        judge="a judge",
        samples_stated=367,
        samples_inferred=389,
        categories={"addition": 70.0},
        metrics={},
    )
    assert "states 367 samples" in sample_count_note(results)
    assert "fit 389 samples only" in sample_count_note(results)
    same = results.model_copy(update={"samples_inferred": 367})
    assert sample_count_note(same).startswith("Measured on 367 samples")
