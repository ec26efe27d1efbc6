"""Entries against each other, on the same samples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from leaderboard.entries import Entry
from leaderboard.report.differences import verdict
from leaderboard.report.number_format import percent
from leaderboard.site.columns import figure_column
from leaderboard.site.entry_details import LOGGED
from omiti2v.comparison import Comparison, Difference
from omiti2v.definitions import OUTCOMES

Cells = list[dict[str, str | float | int | None]]
"""The cells of a table by column, row by row."""

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
    return [
        {"B": name, **row}
        for name, comparison in comparisons.items()
        for row in _score_cells(comparison, comparison.family)
    ]


def score_cells(comparison: Comparison) -> Cells:
    """Every overall score of two entries."""
    return _score_cells(comparison, ("success", "negligence", *comparison.scores))


def _score_cells(comparison: Comparison, names: Iterable[str]) -> Cells:
    return [
        {"Score": figure_column(name).label, **_numbers(row)}
        for name in names
        if (row := headline(comparison, name))
    ]


def group_cells(comparison: Comparison) -> Cells:
    """The accuracy of two entries in each group."""
    return [
        {"Group": f"{kind}: {group.replace('_', ' ')}", **_numbers(rows["accuracy"])}
        for kind, groups in comparison.breakdowns.items()
        for group, rows in groups.items()
        if "accuracy" in rows
    ]


def flip_cells(comparison: Comparison) -> Cells:
    """The samples that only one of two entries got all right."""
    return [
        {
            "Sample": flip.sample_id,
            "Change": flip.direction,
            "Category": flip.category,
            "A": OUTCOMES[flip.outcome_a].label,
            "B": OUTCOMES[flip.outcome_b].label,
            "Prompt": flip.prompt,
        }
        for flip in comparison.flips
    ]


def _numbers(row: Difference) -> dict[str, str | float | int | None]:
    span = None
    if row.low is not None and row.high is not None:
        span = f"{percent(row.low)} to {percent(row.high)}"
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
