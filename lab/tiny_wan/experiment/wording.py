"""How numbers are written on the report's page."""

from __future__ import annotations

from lab.tiny_wan.experiment.statistics import told_apart
from omiti2v.comparison import Difference
from omiti2v.scores import Estimate


def share(right: int, asked: int) -> str:
    return f"{100 * right / asked:.1f} %"


def estimate(row: Estimate) -> str:
    return f"{100 * row.value:.1f} % ({100 * row.low:.1f} to {100 * row.high:.1f})"


def difference(row: Difference, *, plain: bool = False) -> str:
    factor = 1 if plain else 100
    text = f"{factor * row.difference:+.1f}"
    if row.low is None or row.high is None:
        return text
    return f"{text} ({factor * row.low:+.1f} to {factor * row.high:+.1f})"


def seen_as(row: Difference, p_value: float | None = None) -> str:
    if not told_apart(row, p_value):
        return "no effect that this comparison could tell from none"
    return "higher" if row.difference > 0 else "lower"


def p_is(value: float) -> str:
    """For a sentence: `p = 0.031`, `p < 0.001`."""
    text = p_text(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def p_text(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
