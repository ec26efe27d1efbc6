"""A table as a file for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from leaderboard.entries import (
    Board,
    table_as_csv,
    table_as_json,
)
from leaderboard.entries.downloads import as_csv
from omiti2v.runs import Run

from .conftest import tables

MakeRun = Callable[..., Run]


def test_downloads_hold_the_same_numbers(board: Board) -> None:
    for table in tables(board):
        parsed = json.loads(table_as_json(table))
        cells = list(csv.DictReader(io.StringIO(table_as_csv(table))))
        assert [row["id"] for row in parsed["rows"]] == [row.id for row in table.rows]
        for row, as_json, of_csv in zip(table.rows, parsed["rows"], cells, strict=True):
            assert as_json["rank"] == (row.standing.best if row.standing else None)
            assert of_csv["rank_worst"] == (str(row.standing.worst) if row.standing else "")
            for name, figure in row.figures.items():
                assert as_json["figures"][name]["value"] == figure.value
                assert float(of_csv[name]) == figure.value
                assert of_csv[f"{name} low"] == ("" if figure.low is None else str(figure.low))


def test_cells_are_no_formulas_of_a_spreadsheet() -> None:
    rows = [("=1+1", -2.5), ("plain", None)]
    assert as_csv(("entry", "value"), rows) == "entry,value\n'=1+1,-2.5\nplain,\n"
