"""Writes the table of docs/maintainers.md: `python -m lab.forged_board`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lab.forged_board.board import (
    PAGE,
    as_table,
    findings_by_entry,
    findings_of_pull_requests,
    write_forged_board,
)
from lab.tables import fill
from omiti2v.records import write_atomically

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        write_forged_board(Path(place))
        table = as_table(Path(place), findings_by_entry(Path(place)), findings_of_pull_requests())
    write_atomically(PAGE, fill(PAGE.read_text(encoding="utf-8"), {"forged": table}))
