"""A run that is killed again and again ends as one that never was."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from omiti2v.runs import Run, read_run

SCRIPT = Path(__file__).parent / "killed_run.py"


@dataclass(frozen=True)
class Killing:
    """How a run is killed.

    Attributes:
        samples: Videos in the run.
        kills: How often.
        pause: Longest wait in seconds between a batch and the kill.
        startup: Longest wait from the start, for kills before the first batch.
    """

    samples: int
    kills: int
    pause: float
    startup: float


def start(
    places: tuple[Path, Path], run: Path, notes: Path, cache: str, model: str
) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(SCRIPT), *map(str, places), str(run), str(notes), cache, model]
    return subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})


def asked(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


def records(run: Run) -> set[str]:
    rows = (*run.responses, *run.measurements, *run.videos)
    return {row.model_dump_json(exclude={"p_yes", "mass"}) for row in rows}


def kill_again_and_again(
    places: tuple[Path, Path], folder: Path, how: Killing, *, cache: str, model: str = ""
) -> None:
    rng = random.Random(bool(cache))
    assert start(places, folder / "whole", folder / "whole.txt", "", model).wait() == 0
    run, notes = folder / "killed", folder / "killed.txt"
    for _ in range(how.kills):
        before = len(asked(notes))
        process = start(places, run, notes, cache, model)
        # At a random moment within the next few batches: while it reads, decodes, asks or writes.
        batches = rng.randint(0, 2)
        while process.poll() is None and len(asked(notes)) < before + 4 * batches:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, how.pause if batches else how.startup))
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    assert start(places, run, notes, cache, model).wait() == 0

    whole, killed = read_run(folder / "whole"), read_run(run)
    assert records(killed) == records(whole)
    p_whole = {(row.sample_id, row.question_id): row.p_yes for row in whole.responses}
    p_killed = {(row.sample_id, row.question_id): row.p_yes for row in killed.responses}
    assert p_killed == pytest.approx(p_whole, abs=1e-5)

    # A batch is the four questions of a video. Batches asked again: one a kill at the most.
    counts = Counter(asked(notes))
    assert len(counts) == 4 * how.samples
    repeats = Counter({question.split()[-1]: count - 1 for question, count in counts.items()})
    assert sum(repeats.values()) <= how.kills
    assert sum(counts.values()) - len(counts) == 4 * sum(repeats.values())


@pytest.mark.slow
@pytest.mark.parametrize("with_cache", [True, False], ids=["cache", "no cache"])
def test_twenty_kills_lose_and_repeat_at_most_the_batch_in_flight(
    write_files: Callable[[Path, int], tuple[Path, Path]],
    tmp_path: Path,
    with_cache: bool,
) -> None:
    how = Killing(samples=60, kills=20, pause=0.04, startup=0.6)
    places = write_files(tmp_path, how.samples)
    cache = str(tmp_path / "cache.sqlite3") if with_cache else ""
    kill_again_and_again(places, tmp_path, how, cache=cache)


@pytest.mark.slow
def test_a_run_with_a_real_model_survives_kills_too(
    write_files: Callable[[Path, int], tuple[Path, Path]],
    tmp_path: Path,
) -> None:
    from tiny_qwen import save_tiny_qwen

    how = Killing(samples=60, kills=8, pause=0.1, startup=3)
    places = write_files(tmp_path, how.samples)
    model = save_tiny_qwen(tmp_path / "model", answer_scale=8.0)
    cache = str(tmp_path / "cache.sqlite3")
    kill_again_and_again(places, tmp_path, how, cache=cache, model=str(model))
