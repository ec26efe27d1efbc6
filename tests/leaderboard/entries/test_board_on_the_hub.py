"""A board on the Hugging Face hub, as a server on loopback speaks its protocol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_hub import PAGE, Fault, Files, Hub

from leaderboard.entries import Board, load_board, open_storage, verify_entries
from leaderboard.entries.storage import Storage
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import still

URL = "hf://datasets/org/board"


@pytest.fixture
def files(make_run: Callable[..., Run], add: Callable[..., str], folder: Path) -> Files:
    """A board with two entries, and more files than a page of a listing holds."""
    add(make_run("a model"), make_run("another", still))
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {**found, **{f"notes/{number}.txt": b"a note" for number in range(PAGE)}}


@pytest.fixture
def open_board(tmp_path: Path) -> Callable[..., Storage]:
    return lambda url=URL: open_storage(url, cache=tmp_path / "kept")


def refused(open_board: Callable[..., Storage], url: str = URL) -> str:
    """The one line with which a board can't be opened or read."""
    with pytest.raises(UserError) as caught:
        storage = open_board(url)
        for name in sorted(storage.names):
            storage.path(name)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def entry_of(board: Board) -> list[str]:
    return [entry.id for entry in board.entries]


def test_a_board_is_listed_fetched_and_verified(
    hub: Hub, files: Files, open_board: Callable[..., Storage]
) -> None:
    hub.add("org/board", {".gitattributes": b"", **files})
    storage = open_board()
    assert storage.names == files.keys()
    board = load_board(storage)
    assert entry_of(board) == ["open/a-model", "open/another"]
    assert verify_entries(board, board.all) == []
    for name, content in files.items():
        assert storage.path(name).read_bytes() == content
    hub.asked.clear()
    again = open_board()
    assert {again.path(name).read_bytes() for name in files} == set(files.values())
    assert not [line for line in hub.asked if "/resolve/" in line]  # all of them were kept


def test_a_revision_is_the_board_of_then(
    hub: Hub, files: Files, open_board: Callable[..., Storage]
) -> None:
    one = {name: content for name, content in files.items() if "another" not in name}
    first = hub.add("org/board", one)
    hub.repos["org/board"].commit(files, "another entry")
    hub.repos["org/board"].refs["v1"] = first
    assert entry_of(load_board(open_board())) == ["open/a-model", "open/another"]
    for revision in (first, "v1"):
        assert entry_of(load_board(open_board(f"{URL}@{revision}"))) == ["open/a-model"]
    assert "can't be listed" in refused(open_board, f"{URL}@v2")


def test_a_board_may_be_a_folder_of_its_repository(
    hub: Hub, files: Files, open_board: Callable[..., Storage]
) -> None:
    hub.add("org/board", {f"leaderboard/data/{name}": files[name] for name in files})
    assert open_board(f"{URL}/leaderboard/data").names == files.keys()


def test_a_private_board_needs_a_token_that_holds(
    hub: Hub, files: Files, open_board: Callable[..., Storage], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add("org/board", files, private=True)
    assert open_board().names == files.keys()
    monkeypatch.setenv("HF_TOKEN", "hf_of_nobody")
    assert f"{URL}: can't be listed: " in (said := refused(open_board))
    assert "401" in said
    assert "org/nothing: can't be listed: " in refused(open_board, "hf://datasets/org/nothing")


def test_a_hub_that_is_busy_is_asked_again_when_it_says(
    hub: Hub, files: Files, open_board: Callable[..., Storage], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", waits.append)
    hub.add("org/board", files)
    hub.faults = [
        Fault("GET", "/tree/", 429, {"Retry-After": "17"}, times=1),
        Fault("GET", "/resolve/", 429, {"Retry-After": "7"}, times=2),
    ]
    assert entry_of(load_board(open_board())) == ["open/a-model", "open/another"]
    assert waits == [18, 8, 8]
    hub.faults = [Fault("GET", "/tree/", 429)]
    assert "429" in refused(open_board)


def test_a_transfer_that_breaks_is_made_again(
    hub: Hub, files: Files, open_board: Callable[..., Storage]
) -> None:
    hub.add("org/board", files)
    hub.faults = [
        Fault("GET", place, times=1) for place in ("/tree/", "/editions/", "a-model/responses")
    ]
    storage = open_board()
    for name in files:
        assert storage.path(name).read_bytes() == files[name]


def test_a_transfer_that_always_breaks_leaves_nothing_behind(
    hub: Hub, files: Files, open_board: Callable[..., Storage], tmp_path: Path
) -> None:
    hub.add("org/board", files)
    hub.faults = [Fault("GET", "/resolve/")]
    assert "editions/" in (said := refused(open_board))
    assert "can't be fetched: " in said
    assert not [path for path in tmp_path.glob("kept/**/*") if path.is_file()]


def test_a_file_that_changes_at_the_same_size_is_not_taken_for_the_listed_one(
    hub: Hub, files: Files, open_board: Callable[..., Storage]
) -> None:
    hub.add("org/board", files)
    storage = open_board()
    (entry,) = (name for name in files if name.endswith("another/entry.json"))
    (log,) = (name for name in files if name.endswith("another/responses.jsonl.gz"))
    swapped = {name: content[:-2] + b"\n\n" for name, content in files.items()}
    hub.repos["org/board"].commit({**files, **swapped}, "other content")
    for name in (entry, log):
        with pytest.raises(UserError, match="it changed since it was listed"):
            storage.path(name)
