"""A judge that answers too few questions: every command says so on top and exits with 1."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Invoke = Callable[..., Any]

JUDGE = """
from evaluators.frames import FrameRule
from evaluators.judges import Judgement, fingerprint_of

class Judge:
    name = "silent"
    frame_rule = FrameRule(count=2)
    identity = {"class": "silent", "frame_rule": "count=2"}
    fingerprint = fingerprint_of(identity)

    def judge(self, clip, questions):
        return [Judgement("unknown", reason="I won't say") for _ in questions]
"""
REASON = (
    "the judge said yes or no to 0 of the 24 questions put to it (24 unknown, 0 in error), fewer "
    "than half: no score that needs a judge is available"
)
SCORE = ("score", "videos", "--edition", "edition", "--resamples", 100)


@pytest.fixture
def silent(files: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The options of a judge that says nothing."""
    (files / "silent_judge.py").write_text(JUDGE)
    monkeypatch.delitem(sys.modules, "silent_judge", raising=False)
    return ("--judge", "silent_judge:Judge")


def flat(text: str) -> str:
    return " ".join(text.split())


def test_score_and_rescore_say_why_there_is_no_score(
    invoke: Invoke, files: Path, silent: tuple[str, ...]
) -> None:
    said = flat(invoke(*SCORE, *silent, "-o", "run", code=1).stdout)
    assert said.index(REASON) < said.index("Success not available")
    assert "Accuracy not available" in said
    assert "Still floor 50.0" in said
    assert "dynamic_degree_dis" in said
    assert "addition" not in said
    again = invoke("rescore", "run", code=1)
    assert REASON in flat(again.stdout)
    assert "differs" not in again.stderr
    scores = json.loads((files / "run" / "scores.json").read_text())
    assert scores["judge_unavailable"] == REASON
    assert scores["scores"]["accuracy"] is scores["outcomes"] is None
    assert REASON in (files / "run" / "report.html").read_text()


def test_controls_that_get_no_answer_are_not_available_either(
    invoke: Invoke, silent: tuple[str, ...]
) -> None:
    said = flat(invoke(*SCORE, *silent, "-o", "run", "--controls", "--limit", 3, code=1).stdout)
    assert "blank 50.0 " in said
    assert "blank: the judge said yes or no to 0 of the 12 questions put to it" in said


def test_compare_compares_what_needs_no_judge(
    invoke: Invoke, files: Path, silent: tuple[str, ...]
) -> None:
    invoke(*SCORE, *silent, "-o", "run", code=1)
    done = invoke("compare", "run", "run", "--resamples", 100, code=1)
    assert f"A: {REASON}; B: {REASON}" in flat(done.stdout)
    assert "Success" not in done.stdout
    assert "dynamic_degree_dis" in done.stdout
    found = json.loads(invoke("compare", "run", "run", "--json", "--resamples", 100, code=1).stdout)
    assert found["judge_unavailable"].startswith("A: the judge")
    assert found["scores"]["accuracy"] is found["outcomes"] is found["success"] is None
    assert found["coverage"]["unknown"]["a"] == 1


def test_a_calibration_of_it_knows_nothing(
    invoke: Invoke, files: Path, silent: tuple[str, ...]
) -> None:
    clips = ("--size", "64x64", "--clip-frames", 8, "--scenes", 2, "--no-photographs")
    done = invoke("calibrate", *silent, *clips, "--no-other-frames", code=1)
    reason = "the judge left 100.0 % of"
    assert reason in flat(done.stdout)
    found = json.loads((files / "calibration" / "calibration.json").read_text())
    assert found["overall"]["accuracy"] is found["overall"]["yes_bias"] is None
    assert found["overall"]["unanswered"]["value"] == 1
    page = (files / "calibration" / "report.html").read_text()
    assert reason in page
    known = ("--calibration", "calibration/calibration.json")
    said = flat(invoke(*SCORE, *silent, *known, "-o", "run", code=1).stdout)
    assert f"on rendered clips, {reason}" in said
