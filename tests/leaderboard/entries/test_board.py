"""Loading a board: from a folder or a URL, and whatever lies in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, load_board, make_table
from leaderboard.entries.storage import FolderStorage
from omiti2v.calibration import SHARES, Calibration
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import digest, stamp_of, still

MakeRun = Callable[..., Run]


@pytest.fixture
def two(make_run: MakeRun, add: Callable[..., str]) -> None:
    """A board with an entry to break and one that must still load."""
    add(make_run("broken"), make_run("whole", still))


def test_a_table_is_shown_without_ranks_where_its_edition_is_broken(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    (edition,) = (folder / "editions").iterdir()
    edition.write_bytes(b"broken")
    board = load()
    (key,) = board.tables
    rows = make_table(board, key).rows
    assert len(rows) == 2
    assert all("the edition can't be read" in (row.unranked or "") for row in rows)


def test_an_entry_that_miscounts_its_edition_has_no_rank(
    two: None, folder: Path, load: Callable[[], Board], change_json: Callable[..., None]
) -> None:
    """All its files agree on eleven samples; only the edition itself has twelve."""
    for file, keys, value in (
        ("run.json", ["edition", "samples"], 11),
        ("scores.json", ["samples"], 11),
        ("marks.json", ["outcomes"], "s" * 11),
        ("marks.json", ["right"], [4] * 11),
    ):
        change_json("open/broken", file, keys, value)
    text = (folder / "entries" / "open" / "broken" / "scores.json").read_text()
    scores = text.replace('"n": 12', '"n": 11')
    (folder / "entries" / "open" / "broken" / "scores.json").write_text(scores)
    board = load()
    assert not board.broken
    (key,) = board.tables
    unranked = {row.name: row.unranked for row in make_table(board, key).rows}
    assert unranked == {"broken": "no success over all samples of the edition", "whole": None}


def test_odd_names_on_a_file_system_are_shown_as_text(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    (folder / "entries" / "open" / "x\x1b[31m\u202e").mkdir()
    (folder / "entries" / "open" / "x\x1b[31m\u202e" / "entry.json").write_text("{}")
    (broken,) = load().broken
    assert broken.slug == "x[U+001B][31m[U+202E]"
    assert broken.reason.isprintable()


def test_an_empty_folder_is_an_empty_board(folder: Path) -> None:
    board = load_board(FolderStorage(folder))
    assert (board.entries, board.broken, dict(board.tables)) == ((), (), {})


def test_the_measured_error_of_a_judge_stands_beside_its_table(
    two: None, folder: Path, load: Callable[[], Board], edition: Edition
) -> None:
    judge = stamp_of("a judge")
    found = Calibration(
        judge=judge,
        width=64,
        height=48,
        frames=8,
        fps=8,
        scenes=1,
        seed=0,
        questions=4,
        overall=dict.fromkeys(SHARES),
        groups={},
        calibration_error=None,
        reliability=[],
        text_changes=None,
        text_obeyed=None,
        frame_flips=None,
    )
    board = load()
    (key,) = board.tables
    assert board.calibration(key) is None
    path = folder / "calibrations" / f"{judge.fingerprint}.json"
    path.parent.mkdir()
    path.write_text(found.model_dump_json())
    assert load().calibration(key) == found
    other = judge.model_copy(update={"fingerprint": digest("other")})
    path.write_text(found.model_copy(update={"judge": other}).model_dump_json())
    with pytest.raises(UserError, match="not of its name's"):
        load().calibration(key)
