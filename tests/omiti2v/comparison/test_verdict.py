"""One rule for "differs", and words that no number beside them contradicts."""

from __future__ import annotations

import numpy as np
import pytest

from omiti2v.comparison.verdict import proven_higher, verdict


@pytest.mark.parametrize(
    ("difference", "p_adjusted", "says"),
    [
        (0.1, 0.05, "higher"),
        (0.1, 0.0501, "not told apart"),
        (-0.1, 0.0001, "lower"),
        (0.0, 0.0001, "not told apart"),
        (0.1, float("nan"), "not told apart"),
    ],
)
def test_the_rule(difference: float, p_adjusted: float, says: str) -> None:
    assert verdict(difference, p_adjusted) == says


def test_the_rule_is_the_same_for_many_pairs_at_once() -> None:
    differences, p_values = np.array([0.1, 0.1, -0.1]), np.array([0.05, 0.06, 0.01])
    assert proven_higher(differences, p_values).tolist() == [True, False, False]
    assert proven_higher(-differences, p_values).tolist() == [False, False, True]
