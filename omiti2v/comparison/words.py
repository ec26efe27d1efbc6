"""What a comparison says, in words that no number beside them contradicts."""

from __future__ import annotations

from omiti2v.comparison.result import Comparison, Difference
from omiti2v.comparison.verdict import HEADLINE, HIGHER_IS_BETTER, LEVEL
from omiti2v.number_format import p_equation, points
from omiti2v.plurals import counted


def verdicts_in_words(comparison: Comparison, *, a: str = "A", b: str = "B") -> dict[str, str]:
    """What the family says of each headline score, a sentence each without its stop.

    Args:
        comparison: Of two runs.
        a, b: What they are called.
    """
    family = tests_in_words(comparison)
    return {
        name: _in_words(row, a=a, b=b, higher_is_better=HIGHER_IS_BETTER[name], family=family)
        for name in HEADLINE
        if (row := comparison.headline.get(name)) and row.verdict
    }


def _in_words(row: Difference, *, a: str, b: str, higher_is_better: bool, family: str) -> str:
    """A verdict, the better one first, whichever is B.

    Where the p or the interval beside it seems to say something else, it says why.
    """
    if row.n < 2:
        return "one sample: nothing to tell"
    is_known = row.low is not None and row.high is not None
    leaves_out_zero = is_known and not row.low <= 0 <= row.high  # type: ignore[operator]
    if row.verdict == "not told apart":
        if row.p_value <= LEVEL:
            return (
                f"not told apart: alone it would be ({p_equation(row.p_value)}), among {family} "
                f"it is not ({p_equation(row.p_adjusted or 1)})"
            )
        if leaves_out_zero:
            return f"not told apart: the interval just leaves out 0, but {p_equation(row.p_value)}"
        return "not told apart"
    better, other = (b, a) if (row.difference > 0) == higher_is_better else (a, b)
    word = "higher" if higher_is_better else "lower"
    text = f"{better} is {points(row.difference)} {word} than {other}"
    if is_known and not leaves_out_zero:
        text += " (the interval, made another way, reaches 0)"
    return text


def tests_in_words(comparison: Comparison) -> str:
    """How many tests the p-values were adjusted over, as `264 tests`."""
    return counted(comparison.pairs * len(comparison.family), "test")


def family_in_words(comparison: Comparison) -> str:
    """What "p in family" is, in two sentences; empty where there is no headline score."""
    if not comparison.family:
        return ""
    scores = [name.replace("_", " ") for name in comparison.family]
    listed = " and ".join(filter(None, (", ".join(scores[:-1]), scores[-1])))
    pairs = counted(comparison.pairs, "pair")
    whose = f"{pairs} given"
    if comparison.pairs_of == "board":
        whose = "the board's only pair" if comparison.pairs == 1 else f"all {pairs} of the board"
    return (
        f"p in family: adjusted over {tests_in_words(comparison)} together, {listed} of "
        f"{whose}; told apart at {LEVEL:g} or less, and at most {100 * LEVEL:.0f} % of such "
        "families hold a false verdict. Every other p is of its test alone: to explore with, not "
        "to conclude from."
    )
