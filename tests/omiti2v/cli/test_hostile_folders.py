"""Run folders in which something lies in a file's place: one line at once, from every command."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.judges import Judge
from evaluators.scoring import ScoringOptions, score_submission
from omiti2v.editions import load_edition_folder
from omiti2v.errors import UserError
from omiti2v.submissions import read_submission

from .conftest import Invoke

LOGS = ("responses.jsonl", "measurements.jsonl", "videos.jsonl")
COMMANDS = ("rescore all", "compare all four", "report all", "leaderboard add all --board board")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("put", [os.mkfifo, link_to_itself])
@pytest.mark.parametrize("name", ["run.json", "samples.jsonl", *LOGS])
def test_it_is_named_by_whoever_reads_the_run(
    invoke: Invoke, runs: Path, name: str, put: Callable[[Path], None]
) -> None:
    (runs / "board").mkdir()
    path = runs / "all" / name
    path.unlink(missing_ok=True)
    put(path)
    for command in COMMANDS:
        with pytest.raises((UserError, OSError)) as caught:
            invoke(*command.split())
        assert name in str(caught.value)


@pytest.mark.parametrize("put", [os.mkfifo, link_to_itself])
def test_a_calibration_that_is_no_file_is_said_and_not_taken_for_none(
    invoke: Invoke, runs: Path, put: Callable[[Path], None]
) -> None:
    put(runs / "all" / "calibration.json")
    done = invoke("rescore", "all")
    assert "calibration.json: can't be read" in " ".join(done.output.split())


@pytest.mark.parametrize("name", LOGS)
def test_a_run_does_not_go_on_with_a_pipe(
    scored: Path, tmp_path: Path, always_yes: Judge, name: str
) -> None:
    edition = load_edition_folder(scored.parent / "edition")
    submission = read_submission(scored.parent / "videos", edition)

    def score() -> None:
        options = ScoringOptions(resamples=200)
        score_submission(
            submission, edition, tmp_path / "run", judge=always_yes, cache=None, options=options
        )

    score()
    (tmp_path / "run" / name).unlink()
    os.mkfifo(tmp_path / "run" / name)
    with pytest.raises((UserError, OSError), match=name):
        score()
