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


def score(files: Path, model: Path, run: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "omiti2v", "score", "videos", "--edition", "edition"]
    return subprocess.run(
        [*command, "-o", run, "--judge", str(model), "--device", "cpu", "--json"],
        cwd=files,
        env=os.environ | {"OMITI2V_CACHE": str(files / "cache.sqlite3"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


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
    # Another run folder is filled from the cache: the same answers to the last digit.
    assert score(files, answering_qwen, "again").returncode == 0
    assert read_run(files / "again").responses == run.responses


def test_random_weights_give_unknown_and_no_score_in_silence(
    files: Path, random_qwen: Path
) -> None:
    done = score(files, random_qwen, "run")
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)
    assert scores["coverage"]["unknown"]["value"] == 1
    assert scores["outcomes"]["unscored"]["value"] == 1
    assert scores["scores"]["accuracy"]["value"] == 0
    reasons = {row.reason for row in read_run(files / "run").responses}
    assert all(reason for reason in reasons)
