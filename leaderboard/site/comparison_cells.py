"""Entries against each other, on the same samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leaderboard.entries import Entry
from leaderboard.report.differences import verdict
from leaderboard.report.number_format import percent
from leaderboard.site.columns import figure_column
from leaderboard.site.entry_details import LOGGED
from omiti2v.comparison import Comparison, Difference
from omiti2v.definitions import OUTCOMES

Cells = dict[str, list[str | float | int | None]]

_OF_OUTCOMES = {"success": "success", "negligence": "negligent"}


def comparable(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that have a log of answers."""
    return [entry for entry in entries if entry.info.badge in LOGGED and entry.judge]


def headline(comparison: Comparison, name: str) -> Difference | None:
    """A score of the headline family or another overall score."""
    if name in _OF_OUTCOMES:
        return (comparison.outcomes or {}).get(_OF_OUTCOMES[name])  # type: ignore[call-overload,no-any-return]
    return comparison.scores.get(name)


def overview_cells(comparisons: Mapping[str, Comparison]) -> Cells:
    """The headline family of several entries, each as B against one and the same A.

    Args:
        comparisons: By the name of B.
    """
    table: Cells = {}
    for name, comparison in comparisons.items():
        for score in comparison.family:
            row = headline(comparison, score)
            if row:
                _add(table, {"B": name, "Score": figure_column(score).label})
                _add(table, _numbers(row))
    return table


def score_cells(comparison: Comparison) -> Cells:
    """Every overall score of two entries, a row each."""
    table: Cells = {}
    names = ("success", "negligence", *comparison.scores)
    for name in names:
        row = headline(comparison, name)
        if row:
            _add(table, {"Score": figure_column(name).label})
            _add(table, _numbers(row))
    return table


def group_cells(comparison: Comparison) -> Cells:
    """The accuracy of two entries in each group."""
    table: Cells = {}
    for kind, groups in comparison.breakdowns.items():
        for group, rows in groups.items():
            if "accuracy" in rows:
                _add(table, {"Group": f"{kind}: {group.replace('_', ' ')}"})
                _add(table, _numbers(rows["accuracy"]))
    return table


def flip_cells(comparison: Comparison) -> Cells:
    """The samples that only one of two entries got all right."""
    return {
        "Sample": [flip.sample_id for flip in comparison.flips],
        "Change": [flip.direction for flip in comparison.flips],
        "Category": [flip.category for flip in comparison.flips],
        "A": [OUTCOMES[flip.outcome_a].label for flip in comparison.flips],
        "B": [OUTCOMES[flip.outcome_b].label for flip in comparison.flips],
        "Prompt": [flip.prompt for flip in comparison.flips],
    }


def _numbers(row: Difference) -> dict[str, str | float | int | None]:
    span = (
        f"{percent(row.low)} to {percent(row.high)}"
        if row.low is not None and row.high is not None
        else None
    )
    return {
        "A, %": 100 * row.a,
        "B, %": 100 * row.b,
        "Difference": 100 * row.difference,
        "95 % interval": span,
        "p": row.p_value,
        "p, adjusted": row.p_holm,
        "Detectable": None if row.minimum_detectable is None else 100 * row.minimum_detectable,
        "Samples": row.n,
        "Says": verdict(row),
    }


def _add(table: Cells, cells: Mapping[str, str | float | int | None]) -> None:
    for name, value in cells.items():
        table.setdefault(name, []).append(value)
