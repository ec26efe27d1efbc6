"""Samples drawn anew: each resample as many, in blocks, reproducible."""

from __future__ import annotations

import numpy as np

from omiti2v.bootstrap import resample_counts


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


def test_the_same_seed_draws_the_same() -> None:
    draws = [next(resample_counts(10, resamples=100, seed=seed)) for seed in (1, 1, 2)]
    assert np.array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
