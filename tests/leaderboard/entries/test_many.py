"""A board stays quick with a thousand entries: logs wait until somebody wants them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, load_board, make_table, open_storage
from leaderboard.entries.names import LOGS
from omiti2v.runs import Run

from .conftest import still

ENTRIES = 1_000
SECONDS = 4.0


@pytest.fixture
def thousand(
    make_run: Callable[..., Run], add: Callable[..., str], load: Callable[[], Board], folder: Path
) -> Path:
    """Copies of two entries under a thousand names; their logs are not even there to read."""
    add(make_run("model 0"), make_run("model 1", still))
    place = folder / "entries" / "open"
    originals = [
        {path.name: path.read_bytes() for path in (place / f"model-{n}").iterdir()}
        for n in range(2)
    ]
    for number in range(2, ENTRIES):
        (place / f"model-{number}").mkdir()
        for name, content in originals[number % 2].items():
            if name == "run.json":
                run = json.loads(content)
                run["submission"]["name"] = f"model {number}"
                content = json.dumps(run).encode()
            if name in LOGS:
                content = b""
            (place / f"model-{number}" / name).write_bytes(content)
    return folder


def test_a_thousand_entries_load_and_rank_in_seconds(thousand: Path) -> None:
    start = time.process_time()
    board = load_board(open_storage(thousand))
    (key,) = board.tables
    table = make_table(board, key)
    assert time.process_time() - start < SECONDS
    assert len(table.rows) == ENTRIES
    assert not board.broken
    assert {row.standing.rank for row in table.rows if row.standing} == {1, ENTRIES // 2 + 1}
