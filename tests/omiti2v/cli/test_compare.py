"""`omiti2v compare` on runs that `score` made: output, refusals, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.comparison import Comparison
from omiti2v.editions import read_pinned_edition

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


def test_compare_shows_scores_flips_and_what_to_know(omiti2v: Command, runs: Path) -> None:
    done = omiti2v("compare", "all", "four", "--resamples", "500")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("Success")]
    assert lines[0] == "Success: not told apart."
    assert lines[1].split()[1:4] == ["100.0", "66.7", "−33.3†"]
    assert "adjusted over 4 tests together, success, accuracy, semantic average and" in done.stdout
    assert "0 in neither, 2 in A alone, 0 in B alone; McNemar's exact test p = 0.500" in done.stdout
    assert "Change number 1 happens" in done.stdout
    assert "unscored" in done.stdout
    assert "0 in A, 2 in B; each counts 0" in done.stderr
    assert "fewer than 30 samples" in done.stderr
    assert "† of fewer than 30 samples" in done.stdout


def test_compare_prints_one_json_record(omiti2v: Command, runs: Path) -> None:
    done = omiti2v("compare", "all", "four", "--json", "--missing", "drop", "--resamples", "500")
    assert done.returncode == 0
    result = Comparison.model_validate_json(done.stdout)
    assert (result.samples, result.covered, result.flips) == (4, 6, ())
    assert result.scores["accuracy"] is not None
    assert result.scores["accuracy"].p_value == 1


def test_compare_shows_as_many_flips_as_asked_for(omiti2v: Command, runs: Path) -> None:
    done = omiti2v("compare", "all", "four", "--flips", "1", "--resamples", "500")
    assert "Change number 1 happens" in done.stdout
    assert "Change number 4 happens" not in done.stdout
    assert "and 1 more; all with --flips 2" in done.stdout
    assert "happens" not in omiti2v("compare", "all", "four", "--flips", "0").stdout


def test_compare_refuses_another_judge_in_one_line(omiti2v: Command, runs: Path) -> None:
    assert "--allow-different-judge" in refusal(omiti2v("compare", "all", "lenient"))
    done = omiti2v("compare", "all", "lenient", "--allow-different-judge", "--resamples", "500")
    assert done.returncode == 0
    assert "judged by" not in done.stdout
    assert "a difference may be the judges'" in done.stderr


def test_compare_refuses_what_is_no_run_and_a_broken_calibration(
    omiti2v: Command, runs: Path
) -> None:
    assert "not a run folder" in refusal(omiti2v("compare", "all", "nothing"))
    (runs / "calibration.json").write_text("{}")
    done = omiti2v("compare", "all", "all", "--calibration", "calibration.json")
    assert "calibration.json: judge: field required" in refusal(done)
    assert omiti2v("compare", "all").returncode == 2


def test_a_prompt_can_not_drive_the_terminal(omiti2v: Command, runs: Path) -> None:
    """A run folder is somebody else's file: its prompts are shown, not obeyed."""
    for run in ("all", "four"):
        edition_of = runs / run / "samples.jsonl"
        text = edition_of.read_text().replace("Change number 1 happens", "[red]x\\u001b[2J\\u202ey")
        edition_of.write_text(text)
        info = json.loads((runs / run / "run.json").read_text())
        pinned = read_pinned_edition(edition_of, name=info["edition"]["name"])
        info["edition"]["fingerprint"] = pinned.fingerprint
        (runs / run / "run.json").write_text(json.dumps(info))
    done = omiti2v("compare", "all", "four", "--resamples", "500")
    assert done.returncode == 0, done.stderr
    assert "[red]x[U+001B][2J[U+202E]y" in done.stdout
    assert "\x1b[2J" not in done.stdout


@pytest.mark.parametrize("command", ["compare", "agree"])
def test_help_loads_no_numbers(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "omiti2v", command, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Usage" in done.stdout
    assert "omiti2v.cli.compare" in done.stderr
    assert "numpy" not in done.stderr
