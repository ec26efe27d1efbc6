"""Kappa: that of scikit-learn and statsmodels, and None where it is not defined."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from omiti2v.kappa import cohen_kappa, fleiss_kappa

LABELS = ("yes", "no", "unknown")


@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one = rng.choice(LABELS, 80, p=(0.5, 0.4, 0.1)).tolist()
    other = [x if rng.random() < 0.6 else str(rng.choice(LABELS)) for x in one]
    assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score(one, other))


@pytest.mark.parametrize("raters", [2, 3, 5])
def test_fleiss_kappa_is_that_of_statsmodels(raters: int) -> None:
    rng = np.random.default_rng(raters)
    base = rng.choice(LABELS, 60, p=(0.5, 0.4, 0.1))
    items = [
        [str(x) if rng.random() < 0.7 else str(rng.choice(LABELS)) for _ in range(raters)]
        for x in base
    ]
    table, _ = inter_rater.aggregate_raters(np.array(items))
    assert fleiss_kappa(items) == pytest.approx(inter_rater.fleiss_kappa(table))


def test_kappa_is_one_where_all_agree_and_below_zero_where_none_does() -> None:
    assert cohen_kappa(["yes", "no"], ["yes", "no"]) == 1
    assert cohen_kappa(["yes", "no"], ["no", "yes"]) == -1
    assert fleiss_kappa([("yes", "yes"), ("no", "no")]) == 1
    assert fleiss_kappa([("yes", "no"), ("yes", "no")]) == -1


def test_kappa_is_not_defined_where_chance_would_agree_always_or_nothing_was_rated() -> None:
    assert cohen_kappa(["yes"] * 3, ["yes"] * 3) is None
    assert cohen_kappa([], []) is None
    assert fleiss_kappa([("yes", "yes", "yes")]) is None
    assert fleiss_kappa([]) is None


@pytest.mark.parametrize("items", [[("yes",)], [("yes", "no"), ("yes", "no", "no")]])
def test_items_must_have_as_many_labels_each_and_at_least_two(
    items: list[tuple[str, ...]],
) -> None:
    with pytest.raises(ValueError, match="at least two labels"):
        fleiss_kappa(items)
