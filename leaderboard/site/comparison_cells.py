"""Entries against each other, on the same samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from leaderboard.entries import Entry
from leaderboard.site.chart_rows import ChartRow
from leaderboard.site.columns import figure_column
from leaderboard.site.entry_details import LOGGED
from omiti2v.comparison import Comparison, Difference
from omiti2v.comparison.verdict import HIGHER_IS_BETTER
from omiti2v.comparison.words import verdicts_in_words
from omiti2v.definitions import FEW_MARK, OUTCOMES
from omiti2v.estimation.differences import EstimatedDifference
from omiti2v.number_format import fixed, interval, p_text, signed_percent, signed_points

Cells = list[dict[str, str | float | int | None]]
"""The cells of a table by column, row by row."""

NUMBERS: Mapping[str, Callable[[float], str]] = {
    **dict.fromkeys(("A, %", "B, %", "Detectable"), partial(fixed, decimals=1)),
    "Difference": signed_points,
    "p": p_text,
    "p in family": p_text,
}
"""How the numbers of each column are written."""


def comparable(entries: Sequence[Entry]) -> list[Entry]:
    """The entries that have a log of answers."""
    return [entry for entry in entries if entry.info.badge in LOGGED and entry.judge]


def overview_cells(comparisons: Mapping[str, Comparison]) -> Cells:
    """The headline scores of several entries, each as B against one and the same A.

    Args:
        comparisons: By the name of B.
    """
    return [
        {**({"B": name} if len(comparisons) > 1 else {}), **row}
        for name, comparison in comparisons.items()
        for row in _score_cells(comparison, comparison.headline)
    ]


def score_cells(comparison: Comparison) -> Cells:
    """Every overall score of two entries."""
    return _score_cells(comparison, {**comparison.headline, **comparison.scores})


def _score_cells(comparison: Comparison, rows: Mapping[str, Difference | None]) -> Cells:
    says = verdicts_in_words(comparison)
    return [
        {
            "Score": figure_column(name).label,
            "Says": says.get(name),
            **_numbers(row, in_family=True),
        }
        for name, row in rows.items()
        if row
    ]


JUDGED, CORRECTED = "as the judge answered", "corrected for the judge"


def difference_rows(comparisons: Mapping[str, Comparison]) -> list[ChartRow]:
    """The headline differences behind a chart, in percentage points, each B less the same A.

    Args:
        comparisons: By the name of B. Of a single one the numbers corrected for the judge stand
            beside those as it answered.
    """
    rows: list[ChartRow] = []
    for b, comparison in comparisons.items():
        alone = len(comparisons) == 1
        given: dict[str, Mapping[str, Difference | EstimatedDifference]] = {
            JUDGED if alone else b: comparison.headline
        }
        if alone and comparison.corrected:
            given[CORRECTED] = {
                name: row for name in comparison.headline if (row := _corrected(comparison, name))
            }
        rows += [
            {
                "entry": entry,
                "group": f"{figure_column(name).label}"
                + ("" if HIGHER_IS_BETTER[name] else " (lower is better)"),  # type: ignore[index]
                "value": 100 * row.difference,
                "low": None if row.low is None else 100 * row.low,
                "high": None if row.high is None else 100 * row.high,
            }
            for entry, scores in given.items()
            for name, row in scores.items()
        ]
    return rows


def verdict_lines(comparison: Comparison, *, a: str, b: str) -> list[str]:
    """What the headline scores say, a line each, with what is left of it once judges err.

    Args:
        comparison: Of two entries.
        a, b: What they are called.
    """
    return [
        f"{figure_column(name).label}: {words}{_once_corrected(comparison, name)}."
        for name, words in verdicts_in_words(comparison, a=a, b=b).items()
    ]


def _once_corrected(comparison: Comparison, name: str) -> str:
    if comparison.corrected is None:
        return ""
    row, judged = _corrected(comparison, name), comparison.headline[name]
    if row is None:
        return "; not to be corrected for the judge's errors, see below"
    text = (
        f"; corrected for the judge's errors B \N{MINUS SIGN} A is "
        f"{signed_percent(row.difference)}, {_interval_text(row)}"
    )
    if judged.verdict == "not told apart":
        return text
    if row.low <= 0 <= row.high:
        return f"{text}, which may be no difference"
    same = (row.difference > 0) == (judged.difference > 0)
    return f"{text}, the same way" if same else f"{text}, THE OTHER WAY ROUND"


def _corrected(comparison: Comparison, name: str) -> EstimatedDifference | None:
    found = comparison.corrected.scores if comparison.corrected else {}
    return found.get({"negligence": "negligent"}.get(name, name))


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


def _numbers(row: Difference, *, in_family: bool = False) -> dict[str, str | float | int | None]:
    return {
        "A, %": 100 * row.a,
        "B, %": 100 * row.b,
        "Difference": 100 * row.difference,
        "95 % interval": _interval(row),
        "p": row.p_value,
        **({"p in family": row.p_adjusted} if in_family else {}),
        "Detectable": None if row.minimum_detectable is None else 100 * row.minimum_detectable,
        "Samples": row.n,
    }


def _interval_text(row: Difference | EstimatedDifference) -> str:
    return interval(row.low, row.high, signed_percent)


def _interval(row: Difference) -> str | None:
    text = _interval_text(row)
    return f"{text} {FEW_MARK}".lstrip() if row.is_of_few else text or None
