"""`omiti2v score` with a real model folder: the whole path, weights to scores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.world import write_mp4
from omiti2v.editions import Edition
from omiti2v.runs import read_run


@pytest.fixture
def files(
    make_edition: Callable[..., Edition], make_picture: Callable[..., np.ndarray], tmp_path: Path
) -> Path:
    edition = make_edition(tmp_path / "edition", count=3)
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number, width=84, height=56)[None], 4, axis=0)
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    return tmp_path


def score(
    files: Path, model: Path | None, run: str, *options: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "omiti2v", "score", "videos", "--edition", "edition"]
    judge = ["--judge", str(model), "--device", "cpu"] if model else []
    return subprocess.run(
        [*command, "-o", run, *judge, "--json", *options],
        cwd=files,
        env=os.environ | {"OMITI2V_CACHE": str(files / "cache.sqlite3"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def tokens_of(done: subprocess.CompletedProcess[str]) -> str:
    """The line about tokens that a run prints."""
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("tokens: "))
    return line


def test_a_model_that_answers_is_scored_and_its_answers_are_kept(
    files: Path, answering_qwen: Path
) -> None:
    done = score(files, answering_qwen, "run")
    assert done.returncode == 0, done.stderr
    run = read_run(files / "run")
    assert len(run.responses) == 12
    assert all(row.mass is not None and 0 <= row.mass <= 1 for row in run.responses)
    assert run.info.judge is not None
    assert run.info.judge.identity["protocol"] == "fast"
    assert tokens_of(done).endswith(" 0 decoded; 12 questions about 3 clips")
    # Another run folder is filled from the cache: the same answers to the last digit.
    again = score(files, answering_qwen, "again")
    assert again.returncode == 0
    assert "tokens: " not in again.stderr and "Loading weights" not in again.stderr
    assert read_run(files / "again").responses == run.responses


def test_random_weights_give_unknown_and_no_score_in_silence(
    files: Path, random_qwen: Path
) -> None:
    done = score(files, random_qwen, "run")
    assert done.returncode == 1
    scores = json.loads(done.stdout)
    assert scores["coverage"]["unknown"]["value"] == 1
    assert scores["outcomes"] is None
    assert scores["scores"]["accuracy"] is None
    assert "said yes or no to 0 of the 12 questions" in scores["judge_unavailable"]
    reasons = {row.reason for row in read_run(files / "run").responses}
    assert all(reason for reason in reasons)


def test_the_papers_protocol_is_asked_for_by_name(files: Path, answering_qwen: Path) -> None:
    short = ("--frames", "2", "--max-new-tokens", "8")
    done = score(files, answering_qwen, "run", "--protocol", "paper", *short)
    # Whether random weights begin with yes or no often enough is chance; the exit code follows it.
    assert done.returncode == bool(json.loads(done.stdout).get("judge_unavailable")), done.stderr
    line = tokens_of(done)
    assert line.endswith("12 questions about 3 clips") and " 0 decoded" not in line
    run = read_run(files / "run")
    assert run.info.judge is not None
    assert run.info.judge.identity["protocol"] == "paper"
    assert {row.frames for row in run.responses} == {"count=2,v1"}
    assert all(row.p_yes is None for row in run.responses)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--judge", "x", "--fps", "4", "--frames", "2"], "--fps and --frames exclude each other"),
        (["--protocol", "paper"], "--protocol goes with --judge, which is not given"),
        (["--frames", "4"], "--frames goes with --judge, which is not given"),
    ],
)
def test_options_that_do_not_go_together_are_bad_usage(
    files: Path, options: list[str], complaint: str
) -> None:
    done = score(files, None, "run", *options)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert not (files / "run").exists()
