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
from pathlib import Path

import numpy as np
import pytest

from evaluators.world import write_mp4
from omiti2v.editions import Edition
from omiti2v.runs import Run, read_run

SCRIPT = Path(__file__).parent / "killed_run.py"
SAMPLES = 60
KILLS = 20


@pytest.fixture
def places(
    make_edition: Callable[..., Edition], make_picture: Callable[..., np.ndarray], tmp_path: Path
) -> tuple[str, str]:
    """An edition and a submission."""
    edition = make_edition(tmp_path / "edition", count=SAMPLES)
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None], 4, axis=0)
        frames[:, :8, :8] = np.arange(0, 240, 60, dtype=np.uint8)[:, None, None, None]
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    return str(tmp_path / "edition"), str(tmp_path / "videos")


def start(places: tuple[str, str], run: Path, notes: Path, cache: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(SCRIPT), *places, str(run), str(notes), cache])


def asked(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


def records(run: Run) -> set[str]:
    rows = (*run.responses, *run.measurements, *run.videos)
    return {row.model_dump_json(exclude={"p_yes"}) for row in rows}


@pytest.mark.parametrize(
    "with_cache", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["cache", "no cache"]
)
def test_twenty_kills_lose_and_repeat_at_most_the_batch_in_flight(
    places: tuple[str, str], tmp_path: Path, with_cache: bool
) -> None:
    rng = random.Random(int(with_cache))
    cache = str(tmp_path / "cache.sqlite3") if with_cache else ""
    assert start(places, tmp_path / "whole", tmp_path / "whole.txt", "").wait() == 0
    run, notes = tmp_path / "killed", tmp_path / "killed.txt"
    kills = 0
    while kills < KILLS:
        before = len(asked(notes))
        process = start(places, run, notes, cache)
        # At a random moment within the next few batches: while it reads, decodes, asks or writes.
        batches = rng.randint(0, 2)
        while process.poll() is None and len(asked(notes)) < before + 4 * batches:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.04 if batches else 0.6))
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
        kills += 1
    assert start(places, run, notes, cache).wait() == 0

    whole, killed = read_run(tmp_path / "whole"), read_run(run)
    assert records(killed) == records(whole)
    p_whole = {(row.sample_id, row.question_id): row.p_yes for row in whole.responses}
    p_killed = {(row.sample_id, row.question_id): row.p_yes for row in killed.responses}
    assert p_killed == pytest.approx(p_whole, abs=1e-5)
    assert (run / "scores.json").read_text() == (tmp_path / "whole/scores.json").read_text()

    counts = Counter(asked(notes))
    assert len(counts) == 4 * SAMPLES
    again = sum(counts.values()) - len(counts)
    assert again <= 4 * KILLS
    # Whole batches of one video were asked again, and no more of them than there were kills.
    repeated_videos = Counter()
    for question, count in counts.items():
        repeated_videos[question.split()[-1]] += count - 1
    assert sum(repeats // 4 for repeats in repeated_videos.values()) <= KILLS
    assert all(repeats % 4 == 0 for repeats in repeated_videos.values())
