"""Paired intervals and standard errors: SciPy's, and right as often as they say."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import scipy.stats

from omiti2v.comparison.paired import PairedRatio, PairedScore, paired_intervals


def mean_score(a: np.ndarray, b: np.ndarray) -> PairedScore:
    return PairedScore((PairedRatio(a, b, np.ones(len(a))),))


def three_groups(rng: np.random.Generator, n: int = 120) -> PairedScore:
    """A semantic average: the mean of the means of three groups."""
    a, b = rng.random((2, n))
    group = rng.integers(3, size=n)
    return PairedScore(
        tuple(PairedRatio(a * (group == g), b * (group == g), (group == g) * 1.0) for g in range(3))
    )


def test_the_interval_of_a_mean_is_the_paired_one_of_scipy() -> None:
    rng = np.random.default_rng(1)
    a = rng.random(150)
    b = a + rng.normal(0.05, 0.1, 150)
    theirs = scipy.stats.bootstrap(
        (a, b),
        lambda x, y, axis: np.mean(y, axis=axis) - np.mean(x, axis=axis),
        paired=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    (ours,) = paired_intervals([mean_score(a, b)], resamples=20_000, seed=3)
    assert ours == pytest.approx(tuple(theirs), abs=0.05 * (theirs.high - theirs.low))
    # Pairing is what makes it narrow: the runs share what makes a sample easy.
    unpaired = 2 * 1.96 * np.sqrt(a.var() / 150 + b.var() / 150)
    assert theirs.high - theirs.low < unpaired / 2


def test_the_interval_of_a_ratio_of_sums_is_that_of_scipy() -> None:
    rng = np.random.default_rng(4)
    asked = rng.integers(0, 4, 150)
    a, b = rng.binomial(asked, 0.6), rng.binomial(asked, 0.7)
    theirs = scipy.stats.bootstrap(
        (a, b, asked),
        lambda x, y, z, axis: (y.sum(axis=axis) - x.sum(axis=axis)) / z.sum(axis=axis),
        paired=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval
    score = PairedScore((PairedRatio(a * 1.0, b * 1.0, asked * 1.0),))
    (ours,) = paired_intervals([score], resamples=20_000, seed=6)
    assert ours == pytest.approx(tuple(theirs), abs=0.05 * (theirs.high - theirs.low))


def test_the_standard_error_is_the_spread_of_the_bootstrap() -> None:
    rng = np.random.default_rng(7)
    asked = rng.integers(0, 4, 150) * 1.0
    ratio = PairedScore((PairedRatio(rng.random(150) * asked, rng.random(150) * asked, asked),))
    for score in (ratio, three_groups(rng)):
        (interval,) = paired_intervals([score], resamples=20_000, seed=0)
        assert interval is not None
        assert score.standard_error == pytest.approx(
            (interval[1] - interval[0]) / (2 * 1.96), rel=0.05
        )


def test_contributions_add_up_to_the_difference() -> None:
    score = three_groups(np.random.default_rng(8))
    assert score.contributions.sum() == pytest.approx(score.difference)
    assert score.n == 120


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(9)
    scores = []
    for _ in range(400):
        hard = rng.random(150)
        a, b = (rng.random((2, 150)) < np.stack([hard * 0.8, hard * 0.8 + 0.1])) * 1.0
        scores.append(mean_score(a, b))
    hits = 0
    for trial, score in enumerate(scores):
        for interval in paired_intervals([score], resamples=600, seed=trial):
            assert interval is not None
            hits += interval[0] <= 0.1 <= interval[1]
    assert 0.92 <= hits / 400 <= 0.98


def test_equal_and_constant_differences_neither_warn_nor_crash() -> None:
    values = np.random.default_rng(10).random(40)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        equal = mean_score(values, values)
        constant = mean_score(values, values + 0.1)
        assert paired_intervals([equal], resamples=200, seed=0) == [(0.0, 0.0)]
        assert equal.standard_error == 0.0
        assert equal.differing == 0
        (interval,) = paired_intervals([constant], resamples=200, seed=0)
        assert interval == pytest.approx((0.1, 0.1))
        assert constant.standard_error == 0.0


def test_a_single_sample_says_nothing_of_others() -> None:
    single = mean_score(np.zeros(1), np.ones(1))
    assert single.standard_error is None
    assert paired_intervals([single], resamples=200, seed=0) == [None]
    assert paired_intervals([], resamples=200, seed=0) == []
