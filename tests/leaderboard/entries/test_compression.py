"""Compressed logs that are not what they should be."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, read_entry_run
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import still

MakeRun = Callable[..., Run]


@pytest.fixture
def two(make_run: MakeRun, add: Callable[..., str]) -> None:
    """A board with an entry to break and one that must still load."""
    add(make_run("broken"), make_run("whole", still))


def test_a_log_that_unpacks_to_too_much_is_refused_when_it_is_read(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    # Packed in blocks, so that the test does not need the room either.
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(80)) + packer.flush()
    (folder / "entries" / "open" / "broken" / "responses.jsonl.gz").write_bytes(packed)
    board = load()
    start = time.process_time()
    with pytest.raises(UserError, match="unpacks to more than"):
        read_entry_run(board.storage, board.by_id["open/broken"])
    assert time.process_time() - start < 5
    assert read_entry_run(board.storage, board.by_id["open/whole"])


@pytest.mark.parametrize("content", [b"", b"not gzip", b"\x1f\x8b\x08\x00"])
def test_a_log_that_is_no_gzip_file_is_refused(
    two: None, folder: Path, load: Callable[[], Board], content: bytes
) -> None:
    (folder / "entries" / "open" / "broken" / "videos.jsonl.gz").write_bytes(content)
    board = load()
    with pytest.raises(UserError, match=r"open/broken"):
        read_entry_run(board.storage, board.by_id["open/broken"])
