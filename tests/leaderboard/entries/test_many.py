"""A board stays quick with a thousand entries: logs wait until somebody wants them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import (
    Board,
    load_board,
    make_table,
    open_storage,
    read_entry_run,
    verify_entries,
)
from leaderboard.entries import entry as entry_module
from leaderboard.entries.names import LOGS
from leaderboard.entries.storage import FolderStorage
from leaderboard.entries.verify import MAX_FINDINGS
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


@pytest.mark.parametrize("many", [100], indirect=True)
def test_many_copies_of_one_entry_are_one_finding(
    many: Path,
) -> None:
    """Their logs are back: copies of the first, a hundred times its videos."""
    place = many / "entries" / "open"
    for number in range(2, 100):
        for name in LOGS:
            original = place / f"model-{number % 2}" / name
            (place / f"model-{number}" / name).write_bytes(original.read_bytes())
    board = load_board(open_storage(many))
    start = time.process_time()
    found = [row for row in verify_entries(board, board.all) if row.what == "videos"]
    assert time.process_time() - start < 10
    assert [(row.level, row.entry, len(row.others)) for row in found] == [
        ("wrong", "open/model-10", 48),
        ("wrong", "open/model-11", 48),
    ]


def test_scores_of_more_groups_than_samples_can_have_are_not_looked_at(
    make_run: Callable[..., Run], add: Callable[..., str], folder: Path
) -> None:
    entry = add(make_run("one"))
    path = folder / "entries" / entry / "scores.json"
    scores = json.loads(path.read_text())
    groups = {f"g{number}": {"accuracy": scores["scores"]["accuracy"]} for number in range(20_000)}
    scores["breakdowns"]["domain"] = groups
    path.write_text(json.dumps(scores))
    start = time.process_time()
    board = load_board(open_storage(folder))
    (found,) = verify_entries(board, board.all)
    assert time.process_time() - start < 2
    assert "20005 groups" in found.found


def test_of_an_entry_as_many_findings_are_told_as_somebody_reads(
    make_run: Callable[..., Run],
    add: Callable[..., str],
    load: Callable[[], Board],
    change_log: Callable[..., None],
) -> None:
    entry = add(make_run("one", p_yes={"yes": 0.9, "no": 0.1}))
    change_log(entry, "responses.jsonl.gz", lambda row: row | {"p_yes": 0.5, "mass": 0.0})
    # Two for each of its 48 answers, and those of the soft scores.
    board = load()
    *first, last = verify_entries(board, board.all)
    assert len(first) == MAX_FINDINGS
    assert (last.level, last.what) == ("wrong", "and more")
    assert int(last.found.removesuffix(" more")) >= 2 * 48 - MAX_FINDINGS
