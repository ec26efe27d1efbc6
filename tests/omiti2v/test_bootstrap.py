"""Bootstrap intervals: the same as SciPy's, over samples, reproducible."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import scipy.stats

from omiti2v import bootstrap
from omiti2v.bootstrap import (
    Ratio,
    bootstrap_ratios,
    percentile_interval,
    percentile_intervals,
    resample_counts,
)


def test_each_resample_draws_as_many_samples_as_there_are() -> None:
    blocks = list(resample_counts(37, resamples=100, seed=1))
    counts = np.concatenate(blocks)
    assert counts.shape == (100, 37)
    assert (counts.sum(axis=1) == 37).all()
    assert abs(counts.mean() - 1) < 1e-12


def test_large_editions_are_resampled_in_blocks_of_bounded_memory() -> None:
    first, *others = resample_counts(1_000_000, resamples=9, seed=0)
    assert first.shape == (4, 1_000_000)
    assert len(others) == 2


def test_the_memory_of_resampling_does_not_grow_with_the_edition() -> None:
    peaks = []
    for samples in (399, 1_600):  # one block of resamples, and several
        tracemalloc.start()
        bootstrap_ratios([Ratio(np.ones(samples), np.ones(samples))], resamples=10_000, seed=99)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.random.default_rng(5).random(200)
    ours = percentile_interval(
        bootstrap_ratios([Ratio(values, np.ones(200))], resamples=20_000, seed=3)[:, 0]
    )
    theirs = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    # Two independent bootstraps of 20,000 agree to a few percent of the interval's width.
    width = theirs.high - theirs.low
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.05 * width)


def test_the_interval_of_a_ratio_of_sums_is_that_of_scipy() -> None:
    rng = np.random.default_rng(6)
    denominator = rng.integers(0, 4, 150).astype(float)
    numerator = rng.binomial(denominator.astype(int), 0.7).astype(float)
    ours = percentile_interval(
        bootstrap_ratios([Ratio(numerator, denominator)], resamples=20_000, seed=3)[:, 0]
    )
    theirs = scipy.stats.bootstrap(
        (numerator, denominator),
        lambda a, b, axis=-1: a.sum(axis=axis) / b.sum(axis=axis),
        paired=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(4),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.05 * width)


def test_the_same_seed_gives_the_same_interval() -> None:
    ratio = Ratio(np.arange(10.0), np.ones(10))
    draws = [bootstrap_ratios([ratio], resamples=100, seed=seed) for seed in (1, 1, 2)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_resamples_without_a_covered_sample_are_left_out() -> None:
    one_of_three = Ratio(np.array([1.0, 0, 0]), np.array([1.0, 0, 0]))
    values = bootstrap_ratios([one_of_three], resamples=200, seed=0)[:, 0]
    assert np.isnan(values).any()
    assert percentile_interval(values) == (1.0, 1.0)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for trial in range(300):
        values = rng.binomial(1, 0.6, 200).astype(float)
        draws = bootstrap_ratios([Ratio(values, np.ones(200))], resamples=500, seed=trial)
        low, high = percentile_interval(draws[:, 0])
        hits += low <= 0.6 <= high
    assert 0.90 <= hits / 300 <= 0.985


def test_all_runs_of_an_edition_share_one_matrix_of_resamples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []

    def counting(samples: int, *, resamples: int, seed: int):  # type: ignore[no-untyped-def]
        drawn.append(samples)
        return resample_counts(samples, resamples=resamples, seed=seed)

    bootstrap._only_block.cache_clear()
    monkeypatch.setattr(bootstrap, "resample_counts", counting)
    rng = np.random.default_rng(0)
    for _ in range(5):
        bootstrap_ratios([Ratio(rng.random(31), np.ones(31))], resamples=100, seed=4)
    assert drawn == [31]


@pytest.mark.parametrize("samples", [40, 30_000])
def test_values_are_the_sums_over_each_resample_whatever_the_numbers(samples: int) -> None:
    # Whole numbers go through 32 bits, others and large ones do not; editions go in blocks or not.
    rng = np.random.default_rng(8)
    whole = rng.integers(0, 2, samples).astype(float)
    large = rng.integers(0, 1 << 40, samples).astype(float)
    ratios = [Ratio(row, np.ones(samples)) for row in (whole, large, rng.random(samples))]
    ratios.append(Ratio(whole * rng.random(samples), whole))
    resamples = 150
    counts = np.concatenate(list(resample_counts(samples, resamples=resamples, seed=2)))
    expected = [(counts @ row.numerator) / (counts @ row.denominator) for row in ratios]
    ours = bootstrap_ratios(ratios, resamples=resamples, seed=2)
    assert ours == pytest.approx(np.stack(expected, axis=1), rel=1e-12)
    assert np.array_equal(ours[:, 0], expected[0])


def test_intervals_of_many_columns_are_those_of_each_alone() -> None:
    rng = np.random.default_rng(9)
    values = rng.random((501, 6))
    values[3:9, 2] = np.nan
    values[:, 4] = np.nan
    ours = np.array(percentile_intervals(values))
    alone = np.array([percentile_interval(column) for column in values.T])
    assert np.array_equal(ours, alone, equal_nan=True)


@pytest.mark.parametrize(
    "values",
    [
        [2.0**24 + 1, 0, 0],  # one value that 32 bits can't hold
        [2.0**23 + 1, 2.0**23 + 3, 2.0**23 + 5],  # values that they can, sums that they can't
    ],
)
def test_whole_numbers_whose_sums_need_more_than_32_bits_stay_exact(values: list[float]) -> None:
    ratio = Ratio(np.array(values), np.ones(3))
    counts = np.concatenate(list(resample_counts(3, resamples=400, seed=1)))
    ours = bootstrap_ratios([ratio], resamples=400, seed=1)[:, 0]
    assert np.array_equal(ours, (counts @ ratio.numerator) / 3)
