"""When a score differs: one rule for the board, the site's Compare, the report and `compare`.

The four headline scores of all pairs that are looked at together make a family; their p-values are
adjusted together (`omiti2v.comparison.family`), so that in at most 5 % of such families any score
is called higher or lower that is not. A score differs where its adjusted p is at most 0.05. Every
other score has its own p alone, to explore with, and no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

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
