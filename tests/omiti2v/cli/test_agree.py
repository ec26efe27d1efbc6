"""`omiti2v agree` on runs that `score` made: output, refusals, exit codes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_rows import silence

from omiti2v.comparison.judge_agreement import JudgeAgreement

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Invoke = Callable[..., Any]


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


def test_agree_lists_judges_kappa_and_disagreements(omiti2v: Command, runs: Path) -> None:
    done = omiti2v("agree", "all", "lenient", "--disagreements", "3", "--resamples", "500")
    assert done.returncode == 0, done.stderr
    assert "24 of 24 questions were judged by all, 12 of them alike (50.0%)" in done.stdout
    assert "and 9 more; all with --disagreements 12" in done.stdout
    assert "Question 2 about s000?" in done.stdout
    result = JudgeAgreement.model_validate_json(omiti2v("agree", "all", "lenient", "--json").stdout)
    assert result.pairs[0].kappa == 0
    assert result.majority.answers["unknown"] == 12
    # Certain of yes and certain of no.
    assert {vote.p_yes for vote in result.votes if vote.split} == {0.5}


def test_a_silent_judge_is_named_with_its_reason_in_a_table_that_fits(
    invoke: Invoke, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(runs / "lenient")
    monkeypatch.setenv("COLUMNS", "80")
    done = invoke("agree", "all", "lenient", "--disagreements", "0", code=1)
    assert "2: the judge said yes or no to 0 of the 24 questions" in done.stderr
    lines = done.stdout.splitlines()
    (head,) = (line for line in lines if line.startswith("judge ") and "success" in line)
    assert lines[lines.index(head) + 3].startswith("majority  ")
    assert max(map(len, lines)) <= 80


def test_agree_refuses_other_videos_and_the_same_judge(omiti2v: Command, runs: Path) -> None:
    assert "has the judge of all" in refusal(omiti2v("agree", "all", "four"))
    assert "at least two runs" in refusal(omiti2v("agree", "all"))
    assert "s001: not the video of" in refusal(omiti2v("agree", "lenient", "four"))
