"""Where a board's files lie, and what is not opened there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, load_board, make_table, open_storage
from leaderboard.entries.storage import RemoteStorage
from omiti2v.errors import UserError
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


def test_links_are_not_followed(
    two: None, folder: Path, tmp_path: Path, load: Callable[[], Board]
) -> None:
    entry = folder / "entries" / "open" / "broken"
    secret = tmp_path / "secret.json"
    secret.write_text('{"password": "hush"}')
    (entry / "run.json").unlink()
    (entry / "run.json").symlink_to(secret)
    assert only_whole_loads(load()) == "entries/open/broken/run.json: is a link"
    shutil.rmtree(entry)
    entry.symlink_to(tmp_path / "runs")
    assert only_whole_loads(load()) == "entries/open/broken: is a link"


def test_a_board_whose_entries_are_a_link_is_no_empty_board(tmp_path: Path) -> None:
    (tmp_path / "entries").symlink_to(tmp_path)
    with pytest.raises(UserError, match="entries: is a link; expected a folder"):
        open_storage(tmp_path)


def test_a_file_of_200_megabytes_is_not_opened(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    with (folder / "entries" / "open" / "broken" / "scores.json").open("r+b") as file:
        file.truncate(200_000_000)  # a hole: it takes no room on the disk
    assert "is larger than" in only_whole_loads(load())


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_board_can_lie_behind_a_url(
    two: None, folder: Path, tmp_path: Path, load: Callable[[], Board], kind: str
) -> None:
    import fsspec

    if kind == "memory":
        url = f"memory://{tmp_path.name}/board"
        fsspec.filesystem("memory").put(str(folder), f"/{tmp_path.name}/board", recursive=True)
    else:
        url = f"file://{folder}"
    remote = load_board(open_storage(url, cache=tmp_path / "cache"))
    local = load()
    assert not remote.broken
    assert [entry.info for entry in remote.entries] == [entry.info for entry in local.entries]
    for key in local.tables:
        assert make_table(remote, key) == make_table(local, key)


def test_what_was_fetched_is_kept_until_it_changes(
    two: None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec.implementations.local

    fetched: list[str] = []
    cat_file = fsspec.implementations.local.LocalFileSystem.cat_file

    def counted(self: object, remote: str, **options: object) -> bytes:
        fetched.append(remote)
        return cat_file(self, remote, **options)

    monkeypatch.setattr(fsspec.implementations.local.LocalFileSystem, "cat_file", counted)
    url, cache = f"file://{folder}", tmp_path / "cache"
    load_board(RemoteStorage(url, cache=cache))
    assert fetched
    assert not any(name.endswith(".gz") for name in fetched)  # logs wait until they are wanted
    fetched.clear()
    assert len(load_board(RemoteStorage(url, cache=cache)).entries) == 2
    assert fetched == []
    path = folder / "entries" / "open" / "whole" / "entry.json"
    path.write_text(path.read_text().replace('"note": null', '"note": "Changed."'))
    board = load_board(RemoteStorage(url, cache=cache))
    assert [Path(name).name for name in fetched] == ["entry.json"]
    assert board.by_id["open/whole"].info.note == "Changed."


def test_a_file_that_changes_after_it_was_listed_is_not_taken_for_the_listed_one(
    two: None, folder: Path, tmp_path: Path
) -> None:
    storage = RemoteStorage(f"file://{folder}", cache=tmp_path / "cache")
    path = folder / "entries" / "open" / "broken" / "entry.json"
    path.write_text(path.read_text() + " ")
    assert "it changed since it was listed" in only_whole_loads(load_board(storage))


def test_a_board_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder; expected a board"):
        open_storage(tmp_path / "nowhere")
    with pytest.raises(UserError, match="can't be listed"):
        open_storage("nosuchprotocol://board", cache=tmp_path)
    assert load_board(open_storage("memory://nothing here", cache=tmp_path)).entries == ()
