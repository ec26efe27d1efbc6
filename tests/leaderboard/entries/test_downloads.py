"""A table as a file for other programs."""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import (
    Board,
    Table,
    make_table,
    table_as_csv,
    table_as_json,
)
from leaderboard.entries.add import write_files
from leaderboard.entries.downloads import as_csv
from leaderboard.entries.entry_files import floor_files
from omiti2v.editions import Edition
from omiti2v.runs import Run
from omiti2v.samples import Question, Sample

from .conftest import DAY, stamp_of, still

MakeRun = Callable[..., Run]


def mixed(sample: Sample, question: Question) -> str:
    """Answers of every kind, the same on every run of the test."""
    kinds = ("yes", "no", "yes", "unknown", "no", "error", "no", "yes", "yes", "no")
    return kinds[zlib.crc32(f"{sample.id}{question.id}".encode()) % len(kinds)]


@pytest.fixture
def board(
    make_run: MakeRun,
    add: Callable[..., str],
    load: Callable[[], Board],
    folder: Path,
    edition: Edition,
) -> Board:
    """A perfect, a still, a mixed and an incomplete entry, one by another judge, and the floor."""
    speeds = {"s001": 0.25, "s004": 1.5}
    add(make_run("perfect", speeds=speeds), make_run("frozen", still))
    add(make_run("mixed", mixed), make_run("half", without=["s000", "s001", "s002"]))
    add(make_run("perfect", folder="other judge", judge=stamp_of("another judge")))
    add(make_run("unjudged", None))
    write_files(folder, floor_files(edition, added=DAY))
    board = load()
    assert not board.broken
    return board


def tables(board: Board) -> list[Table]:
    return [make_table(board, key) for key in board.tables]


def test_downloads_hold_the_same_numbers(board: Board) -> None:
    for table in tables(board):
        parsed = json.loads(table_as_json(table))
        cells = list(csv.DictReader(io.StringIO(table_as_csv(table))))
        assert [row["id"] for row in parsed["rows"]] == [row.id for row in table.rows]
        for row, as_json, of_csv in zip(table.rows, parsed["rows"], cells, strict=True):
            assert as_json["rank"] == (row.standing.rank if row.standing else None)
            for name, figure in row.figures.items():
                assert as_json["figures"][name]["value"] == figure.value
                assert float(of_csv[name]) == figure.value
                assert float(of_csv[f"{name} low"]) == figure.low


def test_cells_are_no_formulas_of_a_spreadsheet() -> None:
    rows = [("=1+1", -2.5), ("plain", None)]
    assert as_csv(("entry", "value"), rows) == "entry,value\n'=1+1,-2.5\nplain,\n"
