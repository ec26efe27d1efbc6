"""`omiti2v leaderboard`, end to end on files."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_rows import silence

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Invoke = Callable[..., Any]


@pytest.fixture
def board(omiti2v: Command, files: Path) -> Path:
    """A board with one entry, whose run has metrics only."""
    scored = omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    assert scored.returncode == 0, scored.stderr
    added = omiti2v("leaderboard", "add", "run", "--board", "board", "--new-edition")
    assert added.returncode == 0, added.stderr
    assert "custom/a-model: added to board" in added.stdout
    return files / "board"


def test_the_packaged_board_verifies(omiti2v: Command) -> None:
    done = omiti2v("leaderboard", "verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "entries: all hold" in done.stdout


def test_add_verify_and_remove(omiti2v: Command, board: Path) -> None:
    again = omiti2v("leaderboard", "add", "run", "--board", "board")
    assert again.returncode == 1
    assert "this very run is on the board already" in again.stderr
    assert omiti2v("leaderboard", "verify", "--board", "board").returncode == 0
    one = omiti2v("leaderboard", "verify", "custom/a-model", "--board", f"file://{board}")
    assert one.returncode == 0
    assert "1 entry: holds" in one.stdout
    asked = omiti2v("leaderboard", "remove", "custom/a-model", "--board", "board")
    assert asked.returncode == 1  # nobody there to say yes
    assert (board / "entries" / "custom" / "a-model").is_dir()
    gone = omiti2v("leaderboard", "remove", "custom/a-model", "--board", "board", "--yes")
    assert gone.returncode == 0
    assert not (board / "entries" / "custom" / "a-model").exists()


def test_a_run_whose_judge_said_nothing_is_added_with_a_note(invoke: Invoke, runs: Path) -> None:
    silence(runs / "lenient")
    invoke("rescore", "lenient", "--write", code=1)
    added = invoke("leaderboard", "add", "lenient", "--board", "board", "--new-edition")
    assert ": has no scores: the judge said yes or no to 0 of the 24 questions" in added.stderr


def test_verify_prints_what_differs_and_exits_with_one(omiti2v: Command, board: Path) -> None:
    path = board / "entries" / "custom" / "a-model" / "scores.json"
    scores = json.loads(path.read_text())
    scores["metrics"]["first_frame_agreement"]["value"] = 0.123456
    path.write_text(json.dumps(scores))
    done = omiti2v("leaderboard", "verify", "--board", "board")
    assert done.returncode == 1
    assert "metric:first_frame_agreement" in done.stdout
    assert "0.123456" in done.stdout
    assert "Traceback" not in done.stderr
    other = omiti2v("leaderboard", "verify", "custom/nobody", "--board", "board")
    assert other.returncode == 1
    assert "error: " in other.stderr


def test_a_pull_request_is_held_against_the_board_before_it(omiti2v: Command, board: Path) -> None:
    before = board.parent / "before"
    shutil.copytree(board, before)
    shutil.rmtree(before / "entries")
    done = omiti2v("leaderboard", "verify", "--board", "board", "--against", "before")
    assert done.returncode == 0, done.stdout
    assert "1 new entry: holds" in done.stdout
    (board / "notes.txt").write_text("hello")
    done = omiti2v("leaderboard", "verify", "--board", "board", "--against", "before")
    assert done.returncode == 1
    assert "is no part of an entry" in done.stdout


def test_bad_usage_is_one_line(omiti2v: Command, tmp_path: Path) -> None:
    for arguments in (
        ["verify", "--board", "nowhere"],
        ["add", "nowhere", "--board", "board"],
        ["verify", "not an entry"],
        ["remove", "../..", "--board", ".", "--yes"],
        ["rejudge", "open/still-floor", "videos", "--judge", "tiny", "--share", "2"],
        ["rejudge", "open/still-floor", "videos", "--judge", "tiny"],
    ):
        done = omiti2v("leaderboard", *arguments)
        assert done.returncode == 1, arguments
        assert "Traceback" not in done.stderr
        assert [line for line in done.stderr.splitlines() if line.startswith("error: ")], arguments


@pytest.mark.slow
def test_rejudge_gives_the_badge_to_an_honest_entry_and_not_to_a_forged_one(
    omiti2v: Command, files: Path
) -> None:
    from tiny_qwen import save_tiny_qwen

    model = save_tiny_qwen(files / "model")
    judge = ["--judge", model, "--device", "cpu"]
    edition = ["--edition", "edition"]
    scored = omiti2v("score", "videos", *edition, "-o", "run", *judge, OMP_NUM_THREADS="1")
    assert scored.returncode == 1, scored.stderr  # random weights answer nothing
    omiti2v("leaderboard", "add", "run", "--board", "board", "--new-edition")
    rejudge = ["leaderboard", "rejudge", "custom/a-model", "videos", *edition, *judge]
    options = ["--board", "board", "--share", "0.4"]
    done = omiti2v(*rejudge, *options, "--seed", "5", OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 of 12 answers about 3 samples agree (100.0 %)" in done.stdout
    info = json.loads(
        (files / "board" / "entries" / "custom" / "a-model" / "entry.json").read_text()
    )
    assert info["badge"] == "videos"
    assert info["rejudged"]["seed"] == 5
    assert info["rejudged"]["other_frames"].keys() == {"phase", "own", "other", "low", "high"}
    assert "success 0.0 % on the run's own frames and 0.0 % on others" in done.stdout
    assert omiti2v("leaderboard", "verify", "--board", "board").returncode == 0

    # The same run with answers that its judge never gave.
    path = files / "run" / "responses.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    forged = [row | {"answer": "yes", "p_yes": 0.9, "mass": 0.9, "reason": None} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in forged))
    assert omiti2v("rescore", "run", "--write").returncode == 0
    added = omiti2v("leaderboard", "add", "run", "--board", "forged", "--new-edition")
    assert added.returncode == 0, added.stderr
    assert omiti2v("leaderboard", "verify", "--board", "forged").returncode == 0
    done = omiti2v(*rejudge, "--board", "forged", "-o", "again", OMP_NUM_THREADS="1")
    assert done.returncode == 1
    assert "0 of 4 answers about 1 samples agree" in done.stdout
    assert "drawn with --seed" in done.stderr
    info = json.loads(
        (files / "forged" / "entries" / "custom" / "a-model" / "entry.json").read_text()
    )
    assert info["badge"] == "responses"
