"""Results on an old version of OmitI2V-Open: read as ever, and every command says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from omiti2v.cli import app
from omiti2v.editions import Edition
from omiti2v.errors import UserError

Invoke = Callable[..., Any]

SAYS = "of OmitI2V-Open 0.9, not of "


@pytest.fixture
def old_runs(runs: Path, as_old_version: Callable[[str], None]) -> str:
    """The runs, whose edition is now an old version; gives its short fingerprint."""
    fingerprint = json.loads((runs / "all" / "run.json").read_text())["edition"]["fingerprint"]
    as_old_version(fingerprint)
    return str(fingerprint[:12])


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (("rescore", "all", "--write"), "all: "),
        (("compare", "all", "four", "--resamples", "500"), "both runs are "),
        (("agree", "all", "lenient"), "these runs are "),
        (("report", "all", "-o", "page.html"), "This run is "),
        (("leaderboard", "add", "all", "--board", "new", "--new-edition"), "custom/"),
    ],
)
def test_a_command_says_it_in_one_line(
    invoke: Invoke, old_runs: str, arguments: tuple[str, ...], start: str
) -> None:
    stderr = invoke(*arguments).stderr
    (line,) = [line for line in stderr.splitlines() if SAYS in line]
    assert line.startswith(start)


def test_score_says_it(invoke: Invoke, files: Path, as_old_version: Callable[[str], None]) -> None:
    score = ("score", "videos", "--edition", "edition", "-o", "run", "--no-cache")
    assert SAYS not in invoke(*score).stderr
    info = json.loads((files / "run" / "run.json").read_text())
    as_old_version(info["edition"]["fingerprint"])
    assert invoke(*score).stderr.count(SAYS) == 1


def test_verify_counts_the_entries_of_an_old_version(invoke: Invoke, old_runs: str) -> None:
    for run in ("all", "lenient"):
        invoke("rescore", run, "--write")
        invoke("leaderboard", "add", run, "--board", "board", "--new-edition")
    done = invoke("leaderboard", "verify", "--board", "board")
    assert "2 entries: all hold" in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if SAYS in line]
    assert line.startswith("2 entries are ")


def test_rejudge_says_it_and_names_the_version_that_it_wants(
    invoke: Invoke,
    scored: Path,
    old_runs: str,
    make_edition: Callable[..., Edition],
    tmp_path: Path,
) -> None:
    invoke("rescore", "all", "--write")
    invoke("leaderboard", "add", "all", "--board", "board", "--new-edition")
    (entry,) = (path.name for path in Path("board/entries/custom").iterdir())
    again = ["leaderboard", "rejudge", f"custom/{entry}", str(scored.parent / "videos")]
    again += ["--board", "board", "--judge", str(tmp_path / "no-such-model")]
    done = CliRunner().invoke(app, [*again, "--edition", str(scored.parent / "edition")])
    assert isinstance(done.exception, UserError)  # there is no such model
    assert done.stderr.count(SAYS) == 1
    make_edition(tmp_path / "another", count=2)
    with pytest.raises(UserError, match=rf"of edition custom 0\.9 \({old_runs}\), but --edition"):
        invoke(*again, "--edition", "another")
