"""The command as a user runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.world import write_mp4
from omiti2v.editions import Edition

Command = Callable[..., "subprocess.CompletedProcess[str]"]


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
