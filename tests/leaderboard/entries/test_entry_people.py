"""People's answers go with an entry, are computed again, and are never a machine's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from people_rows import say, write_reviews
from typer.testing import CliRunner

from leaderboard.entries import Board, make_table, verify_entries
from leaderboard.entries.add import add_run
from leaderboard.entries.finding import Finding
from leaderboard.report.report_page import build_page
from leaderboard.site.columns import table_columns
from omiti2v.cli import app
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import anchored_scores, read_anchors
from omiti2v.estimation.choice import draw_choice, keep_choice
from omiti2v.estimation.people_answers import people_answers
from omiti2v.estimation.run_estimates import run_estimates
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

from .conftest import DAY, right, still

MakeRun = Callable[..., Run]
EIGHT = [f"s{number:03}" for number in range(8)]


def done(sample: Sample, question: Question) -> str:
    return question.expected_answer


def unclear_of_one(sample: Sample, question: Question) -> str:
    return "unclear" if question.id == "q1" else question.expected_answer


@pytest.fixture
def run(make_run: MakeRun) -> Run:
    """A judge that takes every video for a still one, which people don't."""
    run = make_run("a model", still, p_yes={"yes": 0.8, "no": 0.3})
    write_reviews(run, say(run, EIGHT, done))
    return run


@pytest.fixture
def entry(run: Run, folder: Path, edition_on_board: None) -> Path:
    add_run(run.paths.folder, folder, added=DAY)
    return folder / "entries" / "open" / "a-model"


@pytest.fixture
def edition_on_board(make_run: MakeRun, folder: Path) -> None:
    add_run(make_run("first").paths.folder, folder, added=DAY, new_edition=True)


@pytest.fixture
def findings(load: Callable[[], Board]) -> Callable[..., list[Finding]]:
    def verify(**options: bool) -> list[Finding]:
        board = load()
        return verify_entries(board, board.all, **options)

    return verify


def test_people_who_contradict_the_judge_move_its_scores(run: Run) -> None:
    found = anchored_scores(run, read_anchors(run.paths.folder / "reviews"))
    assert found.badge == "people: 8 of 12 samples"
    success = found.scores["success"]
    assert success.judge == 0
    assert success.value == 1
    assert success.low < 0.8
    assert found.scores["negligent"].judge == 1
    assert found.scores["negligent"].value == 0
    assert found.scores["semantic_average"].value == 1


def test_an_entry_keeps_them_and_shows_its_badge(
    entry: Path, load: Callable[[], Board], findings: Callable[..., list[Finding]]
) -> None:
    assert findings() == []
    board = load()
    (row,) = [
        row
        for key in board.tables
        for row in make_table(board, key).rows
        if row.id == "open/a-model"
    ]
    assert row.people == "people: 8 of 12 samples"
    assert row.figures["people:success"].value == 1
    labels = [column.label for column in table_columns([row])]
    assert "People" in labels
    assert "Success, judge and people" in labels
    (submitted,) = [one for one in findings(submitted=True) if one.what == "people.jsonl.gz"]
    assert submitted.level == "note"


def test_forged_numbers_and_lost_answers_are_found(
    entry: Path, load: Callable[[], Board], findings: Callable[..., list[Finding]]
) -> None:
    path = entry / "people.json"
    found = json.loads(path.read_text())
    found["scores"]["scores"]["accuracy"]["low"] = 0.99
    found["scores"]["answered"] = 11
    path.write_text(json.dumps(found))
    assert {one.what for one in findings()} == {"people:accuracy low", "people:answered"}
    found["scores"]["scores"]["accuracy"] |= {"low_of_these": 0.1, "high_of_these": 0.9}
    path.write_text(json.dumps(found))  # as entries of before have them
    assert "open/a-model" in load().by_id
    (entry / "people.jsonl.gz").unlink()
    (broken,) = [one for one in load().all if one.id == "open/a-model"]
    assert "people.jsonl.gz is missing" in getattr(broken, "reason", "")


def test_a_machine_s_answers_are_nobody_s(run: Run) -> None:
    rows = say(run, EIGHT, done, reviewer="robot", kind="machine")
    assert people_answers(run, {"robot": rows}).samples == frozenset()


def test_unclear_is_not_right_and_a_sample_in_part_is_not_answered(run: Run) -> None:
    rows = say(run, EIGHT, unclear_of_one)
    found = people_answers(run, {"ada": [*rows, *say(run, ["s009"], done)[:3]]})
    assert found.samples == set(EIGHT)
    assert found.partial == 1
    assert found.unknown == 8
    assert {row["q1"] for row in found.answers.values()} == {"unknown"}
    # More than half of the votes settle a question.
    others = {name: say(run, EIGHT, done, reviewer=name) for name in ("bob", "eve")}
    assert people_answers(run, {"ada": rows, **others}).unknown == 0


def test_a_choice_goes_with_the_entry(
    run: Run,
    folder: Path,
    edition_on_board: None,
    load: Callable[[], Board],
    findings: Callable[..., list[Finding]],
) -> None:
    shown = set(run.edition.by_id)
    choice = draw_choice(run.samples, run.right_chances, shown=shown, before=(), seed=2)
    reviews = write_reviews(run, say(run, choice.first(6), done))
    keep_choice(reviews, choice)
    add_run(run.paths.folder, folder, added=DAY)
    entry = load().by_id["open/a-model"]
    assert entry.people
    assert entry.people.choice == choice
    assert entry.people.scores.chosen
    assert entry.people.scores.answered == 6
    assert findings() == []


def test_rescore_report_and_compare_show_them_by_themselves(run: Run, make_run: MakeRun) -> None:
    other = make_run("another", right, p_yes={"yes": 0.9, "no": 0.2})
    write_reviews(other, say(other, EIGHT, done))
    result = CliRunner().invoke(app, ["rescore", str(run.paths.folder), "--json"])
    assert json.loads(result.stdout)["people"]["scores"]["success"]["value"] == 1
    assert "people: 8 of 12 samples" in CliRunner().invoke(
        app, ["rescore", str(run.paths.folder)]
    ).stdout.replace("\n", " ")
    titles = [table.title for _, table in build_page([run, other]).estimates]
    assert titles == ["Anchored in people"] * 2 + ["Anchored in people, against run 1"]
    folders = [str(one.paths.folder) for one in (run, other)]
    compared = json.loads(CliRunner().invoke(app, ["compare", *folders, "--json"]).stdout)
    assert compared["scores"]["accuracy"]["difference"] > 0.3
    shown = CliRunner().invoke(app, ["compare", *folders]).stdout
    assert "they answered 8 samples of A, 8 of B, 8 of both, of 12" in " ".join(shown.split())
    people = compared["people"]
    assert people["answered_both"] == 8
    assert people["scores"]["success"]["difference"] == pytest.approx(0)
    assert people["scores"]["success"]["low"] < 0 < people["scores"]["success"]["high"]


def test_an_explicit_folder_without_enough_answers_is_an_error(make_run: MakeRun) -> None:
    run = make_run("a model", still)
    folder = write_reviews(run, say(run, EIGHT[:2], done))
    assert run_estimates(run).people is None
    assert "2 of 12 samples, expected at least 5" in run_estimates(run).notes[0]
    with pytest.raises(UserError, match="expected at least 5"):
        run_estimates(run, people=folder)
