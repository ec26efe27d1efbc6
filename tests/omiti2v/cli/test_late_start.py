"""A run with nothing left to do loads no judge, no model and none of their libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_rows import calibration_of

from evaluators.tiny import WEIGHTS
from evaluators.world import make_scenes, write_edition, write_submission
from lab.tiny_clip import WEIGHTS as CLIP
from lab.tiny_judge.examples import SETTINGS
from omiti2v.runs import read_run

Invoke = Callable[..., Any]

HEAVY = ("torch", "torchvision", "transformers", "open_clip", "ray", "matplotlib", "pandas")
# In times of these imports, since a machine may be slow: 1.3 as it is, over 3 with torch and
# transformers.
LIMIT = 2
IMPORTS = """
import resource
import numpy, pydantic, rich.table, scipy.stats, typer
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""
SCRIPT = """
import json, multiprocessing, resource, sys
from omiti2v.cli import app
seconds = []
for arguments in json.loads(sys.argv[1]):
    app(arguments, standalone_mode=False)
    assert not multiprocessing.active_children()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds.append(sum(one.ru_utime + one.ru_stime for one in used))
print("LOADED", *(name for name in json.loads(sys.argv[2]) if name in sys.modules))
print("SECONDS", seconds[0])
"""


@pytest.fixture
def score(tmp_path: Path) -> tuple[str, ...]:
    """The command's first words, on a rendered edition whose questions the tiny judge can read."""
    scenes = make_scenes(2, seed=4242, settings=SETTINGS)
    write_edition(tmp_path / "edition", scenes)
    write_submission(tmp_path / "videos", scenes, "done", name="done")
    return ("score", "videos", "--edition", "edition", "--resamples", "100")


def seconds_of_imports() -> float:
    """Seconds of processor of a process that imports libraries of the size of what is needed."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, check=True)
    return float(done.stdout)


def score_again(folder: Path, *commands: tuple[str, ...]) -> tuple[list[str], float]:
    """The heavy modules of a process that runs the commands, and its seconds of processor
    until the first is done."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(commands), json.dumps(HEAVY)],
        cwd=folder,
        env=os.environ | {"OMITI2V_CACHE": str(folder / "cache.sqlite3")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, seconds = done.stdout.splitlines()[-2:]
    return loaded.split()[1:], float(seconds.split()[1])


def test_a_finished_run_and_a_fully_cached_one_load_nothing(
    invoke: Invoke, score: tuple[str, ...], tmp_path: Path
) -> None:
    clip = ("--metrics", "smoothness,clip_prompt_alignment", "--weights", f"clip={CLIP}")
    tiny = (*score, "--judge", "tiny", "-o", "tiny")
    folder = (*score, "--judge", str(WEIGHTS), *clip, "-o", "folder")
    invoke(*tiny)
    invoke(*folder)
    before = read_run(tmp_path / "folder")
    judge = read_run(tmp_path / "tiny").info.judge
    assert judge
    (tmp_path / "known.json").write_text(calibration_of(judge).model_dump_json())

    loaded, seconds = score_again(
        tmp_path,
        tiny,
        (*tiny, "--calibration", "known.json"),
        (*tiny, "--workers", "2"),
        (*tiny, "--engine", "ray"),
        folder,
        (*folder[:-1], "cached"),
    )
    assert loaded == []
    # Other work on the machine may have slowed the first one down.
    assert seconds < LIMIT * seconds_of_imports() or (
        score_again(tmp_path, tiny)[1] < LIMIT * seconds_of_imports()
    )
    cached = read_run(tmp_path / "cached")
    assert set(cached.responses) == set(before.responses)
    assert set(cached.measurements) == set(before.measurements)
    assert cached.info.judge == before.info.judge
    assert (tmp_path / "tiny" / "calibration.json").exists()
