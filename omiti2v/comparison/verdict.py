"""When a score differs: one rule for the board, the site's Compare, the report and `compare`.

The four headline scores of all pairs that are looked at together make a family; their p-values are
adjusted together (`omiti2v.comparison.family`), so that in at most 5 % of such families any score
is called higher or lower that is not. A score differs where its adjusted p is at most 0.05. Every
other score has its own p alone, to explore with, and no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from omiti2v.number_format import p_equation, points
from omiti2v.plurals import counted

if TYPE_CHECKING:
    from omiti2v.comparison.result import Comparison, Difference

Headline = Literal["success", "accuracy", "semantic_average", "negligence"]
Verdict = Literal["higher", "lower", "not told apart"]
PairsOf = Literal["given", "board"]

LEVEL = 0.05

HEADLINE: Mapping[Headline, tuple[str, ...]] = {
    "success": ("outcome", "success"),
    "accuracy": ("accuracy",),
    "semantic_average": ("semantic_average",),
    "negligence": ("outcome", "negligent"),
}
"""The scores that a board ranks by, and that get a verdict, by the keys of `score_ratios`."""

HIGHER_IS_BETTER: Mapping[Headline, bool] = {
    "success": True,
    "accuracy": True,
    "semantic_average": True,
    "negligence": False,
}


@dataclass(frozen=True)
class FamilyResult:
    """What a family's adjustment gives for one pair of it.

    Attributes:
        p_values: Adjusted, of the headline scores that the pair has.
        pairs: Number of pairs of the family.
        of: Whose pairs: those given, or all of a board.
    """

    p_values: Mapping[Headline, float]
    pairs: int
    of: PairsOf = "given"


def proven_higher(difference: ArrayLike, p_adjusted: ArrayLike) -> NDArray[np.bool_]:
    """Where a score is higher by the rule, of one pair or of many: NaN is no test.

    Args:
        difference: Of a headline score, by how much it is higher.
        p_adjusted: Of its test within the family.
    """
    return (np.asarray(p_adjusted) <= LEVEL) & (np.asarray(difference) > 0)


def verdict(difference: float, p_adjusted: float) -> Verdict:
    """What a difference of a headline score, B less A, says of B."""
    if proven_higher(difference, p_adjusted):
        return "higher"
    return "lower" if proven_higher(-difference, p_adjusted) else "not told apart"


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
    whose = f"all {pairs} of the board" if comparison.pairs_of == "board" else f"{pairs} given"
    return (
        f"p in family: adjusted over {tests_in_words(comparison)} together, {listed} of "
        f"{whose}; told apart at {LEVEL:g} or less, and at most {100 * LEVEL:.0f} % of such "
        "families hold a false verdict. Every other p is of its test alone: to explore with, not "
        "to conclude from."
    )
