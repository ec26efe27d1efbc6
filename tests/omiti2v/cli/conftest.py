"""The command as a user runs it: in a process of its own, or in this one where that is enough."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planned_runs import plan, planned_edition, planned_run
from typer.testing import CliRunner

from evaluators.judges import Judge
from evaluators.scoring import ScoringOptions, score_submission
from evaluators.world import write_mp4
from omiti2v.cli import app
from omiti2v.editions import Edition
from omiti2v.submissions import read_submission

__all__ = ["plan", "planned_edition", "planned_run"]

Command = Callable[..., "subprocess.CompletedProcess[str]"]
Invoke = Callable[..., Any]


@pytest.fixture
def omiti2v(tmp_path: Path) -> Command:
    """Runs the command in `tmp_path`, with a cache of its own."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "omiti2v", *map(str, arguments)],
            cwd=tmp_path,
            env=os.environ
            | {"OMITI2V_CACHE": str(tmp_path / "cache.sqlite3"), "COLUMNS": "120"}
            | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def error_line(omiti2v: Command) -> Callable[..., str]:
    """Runs the command, which must refuse in one line without a traceback; gives the line."""

    def run(*arguments: object) -> str:
        done = omiti2v(*arguments)
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
        return line

    return run


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Runs the command in this process, in `tmp_path`, with a cache of its own.

    It must exit with `code`; an error of ours is raised.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMITI2V_CACHE", str(tmp_path / "cache.sqlite3"))
    monkeypatch.setattr(sys, "path", list(sys.path))

    def run(*arguments: object, code: int = 0) -> Any:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if isinstance(done.exception, Exception):
            raise done.exception
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def files(
    make_edition: Callable[..., Edition], make_picture: Callable[..., np.ndarray], tmp_path: Path
) -> Path:
    """A folder with `edition` and `videos` of six samples."""
    edition = make_edition(tmp_path / "edition", count=6)
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None], 6, axis=0)
        frames[:, :6, :6] = np.arange(0, 240, 40, dtype=np.uint8)[:, None, None, None]
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    (tmp_path / "videos" / "submission.yaml").write_text("name: a model\n")
    return tmp_path


@pytest.fixture(scope="session")
def scored(
    make_edition: Callable[..., Edition],
    make_picture: Callable[..., np.ndarray],
    knowing_judge: Callable[[Mapping[str, str]], Judge],
    always_yes: Judge,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder with the runs `all` (six videos), `four` (four of them), `lenient` (always yes).

    Beside it lie the videos: `videos`, and the four of them in `fewer`.
    """
    folder = tmp_path_factory.mktemp("scored")
    edition = make_edition(folder / "edition", count=6)
    knowing = knowing_judge(
        {q.question: q.expected_answer for sample in edition.samples for q in sample.questions}
    )
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None], 4, axis=0)
        write_mp4(folder / "videos" / f"{sample.id}.mp4", frames, fps=8)
        if sample.id not in ("s001", "s004"):
            write_mp4(folder / "fewer" / f"{sample.id}.mp4", frames, fps=8)
    for run, videos, judge in (
        ("all", "videos", knowing),
        ("four", "fewer", knowing),
        ("lenient", "videos", always_yes),
    ):
        score_submission(
            read_submission(folder / videos, edition),
            edition,
            folder / "runs" / run,
            judge=judge,
            cache=None,
            options=ScoringOptions(resamples=200),
        )
    return folder / "runs"


@pytest.fixture
def runs(scored: Path, tmp_path: Path) -> Path:
    """The runs, in the folder that the commands run in."""
    shutil.copytree(scored, tmp_path, dirs_exist_ok=True)
    return tmp_path
