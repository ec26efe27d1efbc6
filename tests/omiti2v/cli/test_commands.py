"""The commands, end to end on files: what they print, write and exit with."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_score_goes_on_and_rescore_and_report_need_no_video(omiti2v: Command, files: Path) -> None:
    assert omiti2v("score", "videos", "--edition", "edition", "-o", "run").returncode == 0
    before = (files / "run" / "scores.json").read_text()
    again = omiti2v("score", "videos", "--edition", "edition", "-o", "run", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout) == json.loads(before)
    (files / "videos").rename(files / "gone")
    (files / "edition").rename(files / "gone too")
    done = omiti2v("rescore", "run", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads(before)
    assert omiti2v("report", "run", "-o", "all.html").returncode == 0
    assert "<script" not in (files / "all.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("check", "absent", "--edition", "edition"), "absent: no such folder"),
        (("check", "videos", "--edition", "absent"), "absent: no such folder"),
        (("check", "videos", "--edition", "videos"), r"videos: holds no *.jsonl file"),
        (("score", "videos", "-e", "edition", "-o", "edition"), "edition: holds files but no run"),
        (
            ("score", "videos", "-e", "edition", "-o", "run", "--judge", "absent/model"),
            "absent/mod",
        ),
        (("rescore", "videos"), "videos: not a run folder"),
        (("report", "absent"), "absent: not a run folder"),
    ],
)
def test_what_is_not_there_is_one_line(
    error_line: Callable[..., str], files: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in error_line(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [("score",), ("frobnicate",), ("check",), ("score", "v", "-e", "e", "--limit", "0")],
)
def test_bad_usage_exits_with_two(omiti2v: Command, arguments: tuple[str, ...]) -> None:
    done = omiti2v(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_version_is_printed(omiti2v: Command) -> None:
    done = omiti2v("--version")
    assert done.returncode == 0
    assert done.stdout.strip() == "0.1.0"
