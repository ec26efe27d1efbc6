"""Scores that know that the judge errs, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omiti2v.cli.console import STDOUT, number_table, plain, say

if TYPE_CHECKING:
    from omiti2v.estimation.anchored_scores import AnchoredScores
    from omiti2v.estimation.corrected_scores import CorrectedScores
    from omiti2v.estimation.differences import AnchoredDifferences, CorrectedDifferences


def print_estimates(
    people: AnchoredScores | AnchoredDifferences | None,
    corrected: CorrectedScores | CorrectedDifferences | None = None,
) -> None:
    """Print what people's answers and a calibration make of a run's scores, or of a comparison."""
    from omiti2v.estimation.summary_rows import estimate_tables

    for table in estimate_tables(people, corrected):
        print_rows(table.rows, table.notes)


def print_rows(rows: Sequence[dict[str, str]], notes: Sequence[str] = ()) -> None:
    """Print a table and what belongs to it in words."""
    if rows:
        table = number_table(*rows[0])
        for column in table.columns:
            if column.header == "rates":  # words, which must not be cut off
                column.no_wrap, column.justify = False, "left"
        for row in rows:
            table.add_row(*map(plain, row.values()))
        STDOUT.print(table)
    for line in notes:
        say(line)
    say()
