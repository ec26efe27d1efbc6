"""A board stays quick with a thousand entries: logs wait until somebody wants them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, load_board, make_table, open_storage, read_entry_run
from leaderboard.entries import entry as entry_module
from leaderboard.entries.names import LOGS
from leaderboard.entries.storage import FolderStorage
from omiti2v.runs import Run

from .conftest import still


@pytest.fixture
def many(
    make_run: Callable[..., Run],
    add: Callable[..., str],
    load: Callable[[], Board],
    folder: Path,
    request: pytest.FixtureRequest,
) -> Path:
    """Copies of two entries under many names; their logs are not even there to read."""
    add(make_run("model 0"), make_run("model 1", still))
    place = folder / "entries" / "open"
    originals = [
        {path.name: path.read_bytes() for path in (place / f"model-{n}").iterdir()}
        for n in range(2)
    ]
    for number in range(2, request.param):
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


@pytest.mark.parametrize(
    ("many", "entries", "seconds"),
    [(200, 200, 3), pytest.param(1_000, 1_000, 30, marks=pytest.mark.slow)],
    indirect=["many"],
)
def test_many_entries_load_and_rank_in_seconds(many: Path, entries: int, seconds: float) -> None:
    start = time.process_time()
    board = load_board(open_storage(many))
    (key,) = board.tables
    table = make_table(board, key)
    assert time.process_time() - start < seconds
    assert len(table.rows) == entries
    assert not board.broken
    half = entries // 2
    assert {str(row.standing) for row in table.rows} == {f"1-{half}", f"{half + 1}-{entries}"}


class NotingStorage(FolderStorage):
    """A board in a folder that notes which files are opened."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.opened: list[str] = []

    def path(self, name: str) -> Path:
        self.opened.append(name.rpartition("/")[2])
        return super().path(name)


def test_a_table_needs_no_log(
    make_run: Callable[..., Run], add: Callable[..., str], folder: Path
) -> None:
    add(make_run("one"), make_run("two", still))
    storage = NotingStorage(folder)
    board = load_board(storage)
    (key,) = board.tables
    assert make_table(board, key).rows
    assert not set(storage.opened) & set(LOGS)
    # Four summaries an entry, and the edition once.
    assert len(storage.opened) == 2 * 4 + 1


def test_the_samples_are_parsed_once_for_all_entries_about_them(
    make_run: Callable[..., Run], add: Callable[..., str], load: Callable[[], Board]
) -> None:
    add(make_run("one"), make_run("two", still))
    board = load()
    entry_module._parse_edition.cache_clear()
    runs = [read_entry_run(board.storage, entry) for entry in board.entries]
    assert runs[0].edition is runs[1].edition
    assert entry_module._parse_edition.cache_info().misses == 1
