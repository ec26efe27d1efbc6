"""Scores that know that the judge errs, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from omiti2v.cli.console import STDOUT, number_table, plain, say

if TYPE_CHECKING:
    from omiti2v.comparison import Comparison
    from omiti2v.estimation.run_estimates import RunEstimates


def print_estimates(found: RunEstimates) -> None:
    """Print what people's answers and a calibration make of a run's scores."""
    from omiti2v.estimation.summary_rows import (
        anchored_notes,
        anchored_rows,
        corrected_notes,
        corrected_rows,
    )

    if found.people:
        print_rows(anchored_rows(found.people), anchored_notes(found.people))
    if found.corrected:
        print_rows(corrected_rows(found.corrected), corrected_notes(found.corrected))


def print_rows(rows: Sequence[dict[str, str]], notes: Sequence[str]) -> None:
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


def print_estimated_differences(result: Comparison) -> None:
    """Print what people's answers and a calibration make of a comparison."""
    from omiti2v.estimation.summary_rows import (
        anchored_difference_notes,
        corrected_difference_notes,
        difference_rows,
    )

    if result.people:
        print_rows(difference_rows(result.people.scores), anchored_difference_notes(result.people))
    if result.corrected:
        print_rows(
            difference_rows(result.corrected.scores), corrected_difference_notes(result.corrected)
        )
