"""One entry's folder: what belongs there, and what comes out of it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, read_entry_run
from omiti2v.runs import Run

from .conftest import still

MakeRun = Callable[..., Run]


@pytest.fixture
def two(make_run: MakeRun, add: Callable[..., str]) -> None:
    """A board with an entry to break and one that must still load."""
    add(make_run("broken"), make_run("whole", still))


def only_whole_loads(board: Board) -> str:
    """The reason for which the other does not."""
    assert [entry.slug for entry in board.entries] == ["whole"]
    (broken,) = board.broken
    assert broken.id == "open/broken"
    assert "\n" not in broken.reason
    return broken.reason


@pytest.mark.parametrize("name", ["entry.json", "run.json", "scores.json", "marks.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_file_breaks_its_entry_alone(
    two: None, folder: Path, load: Callable[[], Board], name: str, content: bytes
) -> None:
    (folder / "entries" / "open" / "broken" / name).write_bytes(content)
    reason = only_whole_loads(load())
    assert name in reason
    assert str(folder) not in reason  # where a server keeps its files is nobody's business


@pytest.mark.parametrize("name", ["entry.json", "run.json", "marks.json", "responses.jsonl.gz"])
def test_a_missing_file_breaks_its_entry_alone(
    two: None, folder: Path, load: Callable[[], Board], name: str
) -> None:
    (folder / "entries" / "open" / "broken" / name).unlink()
    assert name in only_whole_loads(load())


def test_a_pickle_or_any_other_file_has_no_place_in_an_entry(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    (folder / "entries" / "open" / "broken" / "model.pkl").write_bytes(pickle.dumps({}))
    assert only_whole_loads(load()) == "open/broken: model.pkl has no place in a responses entry"


def test_reading_an_entry_gives_the_run_that_was_added(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    run = make_run("a model", still, speeds={"s000": 1.0})
    entry_id = add(run)
    board = load()
    again = read_entry_run(board.storage, board.by_id[entry_id])
    assert again.info == run.info
    assert again.responses == run.responses
    assert again.measurements == run.measurements
    assert again.videos == run.videos
    assert again.edition.fingerprint == run.edition.fingerprint
