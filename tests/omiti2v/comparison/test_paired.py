"""Paired intervals and standard errors: right as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from omiti2v.comparison.paired import PairedRatio, PairedScore, paired_interval


def mean_score(a: np.ndarray, b: np.ndarray) -> PairedScore:
    return PairedScore((PairedRatio(a, b, np.ones(len(a))),))


def three_groups(rng: np.random.Generator, n: int = 120) -> PairedScore:
    """A semantic average: the mean of the means of three groups."""
    a, b = rng.random((2, n))
    group = rng.integers(3, size=n)
    return PairedScore(
        tuple(PairedRatio(a * (group == g), b * (group == g), (group == g) * 1.0) for g in range(3))
    )


def test_runs_that_share_what_is_hard_are_told_apart_the_better() -> None:
    rng = np.random.default_rng(1)
    a = rng.random(150) * 0.9
    b = a + rng.normal(0.05, 0.1, 150)
    interval = paired_interval(mean_score(a, b))
    assert interval is not None
    # As wide as Student's, or a little more for what no sample showed.
    student = 2 * 1.976 * (b - a).std(ddof=1) / np.sqrt(150)
    assert student < interval[1] - interval[0] < 1.6 * student
    unpaired = 2 * 1.96 * np.sqrt(a.var() / 150 + b.var() / 150)
    assert interval[1] - interval[0] < unpaired / 2


def test_the_standard_error_is_the_spread_of_the_differences() -> None:
    rng = np.random.default_rng(7)
    asked = rng.integers(0, 4, 150) * 1.0
    a, b = rng.random((2, 150)) * asked
    score = PairedScore((PairedRatio(a, b, asked),))
    drawn = rng.integers(150, size=(20_000, 150))
    spread = ((b - a)[drawn].sum(axis=1) / asked[drawn].sum(axis=1)).std()
    assert score.standard_error == pytest.approx(spread, rel=0.05)


def test_contributions_add_up_to_the_difference() -> None:
    score = three_groups(np.random.default_rng(8))
    assert score.contributions.sum() == pytest.approx(score.difference)
    assert score.n == 120


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(400):
        hard = rng.random(150)
        a, b = (rng.random((2, 150)) < np.stack([hard * 0.8, hard * 0.8 + 0.1])) * 1.0
        interval = paired_interval(mean_score(a, b))
        assert interval is not None
        hits += interval[0] <= 0.1 <= interval[1]
    assert 0.93 <= hits / 400 <= 0.99


def test_equal_runs_need_not_be_equal_elsewhere() -> None:
    values = np.random.default_rng(10).random(48)
    equal = mean_score(values, values)
    low, high = paired_interval(equal) or (0.0, 0.0)
    # None of 48 is gained, and none lost: up to 7.4 % could be, by Clopper and Pearson.
    assert (low, high) == pytest.approx((-0.074, 0.074), abs=1e-4)
    assert (equal.standard_error, np.count_nonzero(equal.contributions)) == (0.0, 0)
    assert mean_score(values, values + 0.1).standard_error == 0.0


def test_the_lifts_of_two_runs_differ_by_as_much_as_their_accuracies() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random((2, 60))
    above = rng.uniform(0.2, 0.6, 60)
    accuracy = paired_interval(mean_score(a, b))
    lift = PairedScore((PairedRatio(a, b, above, most=np.ones(60)),))
    assert accuracy is not None
    assert paired_interval(lift) == pytest.approx(np.array(accuracy) / above.mean())


def test_a_metric_in_its_own_unit_has_students_interval_where_its_differences_are_even() -> None:
    rng = np.random.default_rng(4)
    half = rng.normal(3, 5, 30)
    differences = np.concatenate([half, 6 - half])  # without any skew
    score = PairedScore((PairedRatio(np.zeros(60), differences, np.ones(60)),), bounded=False)
    theirs = scipy.stats.ttest_1samp(differences, 0).confidence_interval()
    assert paired_interval(score) == pytest.approx(tuple(theirs))


def test_what_says_nothing_of_others_has_no_interval() -> None:
    single = mean_score(np.zeros(1), np.ones(1))
    assert single.standard_error is None
    assert paired_interval(single) is None
    same = PairedScore((PairedRatio(np.zeros(9), np.ones(9), np.ones(9)),), bounded=False)
    assert paired_interval(same) is None
