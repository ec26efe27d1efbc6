"""The smallest detectable difference: that of statsmodels, and what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower, TTestPower

from omiti2v.comparison.paired import PairedRatio, PairedScore
from omiti2v.comparison.power import minimum_detectable_difference


def test_it_is_that_of_the_normal_test_in_statsmodels() -> None:
    # Without a second group (ratio 0) it is the test of one mean.
    theirs = NormalIndPower().solve_power(nobs1=367, alpha=0.05, power=0.8, ratio=0)
    assert minimum_detectable_difference(1 / np.sqrt(367)) == pytest.approx(theirs, rel=1e-5)


@pytest.mark.parametrize(("n", "too_small_by"), [(20, 0.055), (100, 0.011), (367, 0.003)])
def test_few_samples_make_it_too_small_by_no_more_than_said(n: int, too_small_by: float) -> None:
    exact = TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8)
    ours = minimum_detectable_difference(1 / np.sqrt(n))
    assert exact * (1 - too_small_by) < ours < exact


def test_alpha_and_power_can_be_chosen() -> None:
    theirs = NormalIndPower().solve_power(nobs1=50, alpha=0.01, power=0.95, ratio=0)
    ours = minimum_detectable_difference(1 / np.sqrt(50), alpha=0.01, power=0.95)
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_a_difference_of_that_size_is_found_in_about_four_of_five_comparisons() -> None:
    from omiti2v.comparison.significance import sign_flip_p_values

    rng = np.random.default_rng(2)
    n, trials = 120, 400
    detectable = minimum_detectable_difference(0.5 / np.sqrt(n))
    rows = list(rng.normal(detectable, 0.5, (trials, n)) / n)
    found = [p.value <= 0.05 for p in sign_flip_p_values(rows, permutations=999, seed=0)]
    assert 0.74 < np.mean(found) < 0.86


def test_the_standard_error_of_a_mean_is_the_textbooks() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random((2, 30))
    score = PairedScore((PairedRatio(a, b, np.ones(30)),))
    assert score.standard_error == pytest.approx(np.std(b - a, ddof=1) / np.sqrt(30))
