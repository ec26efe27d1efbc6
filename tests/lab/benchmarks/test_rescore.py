"""How long computing entries again may take, in seconds of one processor.

The clock on the wall also counts what else runs on the machine.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_a_hundred_entries_are_computed_again_in_ten_seconds(tmp_path: Path) -> None:
    from lab.benchmarks.made_boards import read_edition, write_board
    from lab.benchmarks.rescore import rescore_entries
    from leaderboard.entries import load_board, open_storage

    board = load_board(open_storage(write_board(tmp_path, read_edition(), entries=100, logs=True)))
    read, score = rescore_entries(board, 100)
    assert read.cpu + score.cpu < 10


def test_one_run_with_all_its_breakdowns_is_computed_again_in_a_second(tmp_path: Path) -> None:
    from lab.benchmarks.made_boards import read_edition, write_run
    from lab.benchmarks.measuring import timed
    from lab.benchmarks.rescore import rescore_one

    run = write_run(tmp_path / "run", read_edition(), 1)
    scores, taken = timed(lambda: rescore_one(run))
    assert scores.resamples == 10_000
    assert sum(len(groups) for groups in scores.breakdowns.values()) > 30
    assert taken.cpu < 1
