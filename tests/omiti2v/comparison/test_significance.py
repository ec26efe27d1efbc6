"""P-values: those of SciPy and statsmodels, uniform under the null, never 0."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from statsmodels.stats.contingency_tables import mcnemar

from omiti2v.comparison.significance import mcnemar_exact, sign_flip_p_values


def scipy_p(a: np.ndarray, b: np.ndarray, *, resamples: float) -> float:
    return float(
        scipy.stats.permutation_test(
            (a, b),
            lambda x, y, axis: np.mean(y - x, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=resamples,
            rng=np.random.default_rng(9),
        ).pvalue
    )


@pytest.mark.parametrize("seed", range(8))
def test_few_samples_are_tested_exactly_as_scipy_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Quarters, as shares of four questions are, so that sums tie.
    a, b = rng.integers(0, 5, size=(2, 10)) / 4
    (ours,) = sign_flip_p_values([(b - a) / 10], permutations=2000, seed=0)
    assert ours.exact
    assert ours.value == pytest.approx(scipy_p(a, b, resamples=np.inf), abs=1e-12)


def test_many_samples_give_the_p_value_of_scipy_up_to_the_draw() -> None:
    rng = np.random.default_rng(1)
    a = rng.random(200)
    b = a + rng.normal(0.06, 0.3, 200)
    (ours,) = sign_flip_p_values([(b - a) / 200], permutations=20_000, seed=0)
    theirs = scipy_p(a, b, resamples=20_000)
    assert not ours.exact
    assert 0.01 < theirs < 0.3
    # Four standard errors of the difference between two draws of 20,000.
    assert ours.value == pytest.approx(theirs, abs=4 * np.sqrt(2 * theirs * (1 - theirs) / 20_000))


def test_a_random_choice_of_signs_never_gives_zero() -> None:
    (ours,) = sign_flip_p_values([np.full(100, 0.01)], permutations=999, seed=0)
    assert (ours.value, ours.exact) == (1 / 1000, False)


def test_where_nothing_differs_p_is_one() -> None:
    ours = sign_flip_p_values([np.zeros(50), np.zeros(1)], permutations=999, seed=0)
    assert [(p.value, p.exact) for p in ours] == [(1.0, True)] * 2


def test_a_difference_of_zero_that_is_made_of_many_has_p_one() -> None:
    # Tenths do not add up to zero exactly; rounding must not make the sum a surprise.
    row = np.array([0.1, 0.2, -0.3] * 40)
    (ours,) = sign_flip_p_values([row], permutations=500, seed=3)
    assert ours.value == 1.0


def test_a_score_has_the_same_p_value_alone_and_among_others() -> None:
    rng = np.random.default_rng(5)
    rows = [rng.normal(0.05, 1, 60) for _ in range(4)]
    together = sign_flip_p_values([np.zeros(60), *rows], permutations=1000, seed=4)[1:]
    assert together == [sign_flip_p_values([row], permutations=1000, seed=4)[0] for row in rows]


def test_p_values_are_uniform_when_the_runs_are_alike() -> None:
    rng = np.random.default_rng(11)
    rows = list((rng.random((600, 40)) - rng.random((600, 40))) / 40)
    p_values = [
        p.value
        for start in range(0, 600, 100)
        for p in sign_flip_p_values(rows[start : start + 100], permutations=999, seed=start)
    ]
    assert scipy.stats.kstest(p_values, "uniform").pvalue > 0.01
    assert 0.03 < np.mean(np.array(p_values) <= 0.05) < 0.07


def test_successes_that_differ_have_at_most_the_stated_share_of_false_alarms() -> None:
    """Yes/no differences are coarse: p may be too large, never too small."""
    rng = np.random.default_rng(12)
    rows = list((rng.integers(0, 2, (600, 40)) - rng.integers(0, 2, (600, 40))) / 40)
    p_values = [p.value for p in sign_flip_p_values(rows, permutations=999, seed=0)]
    assert np.mean(np.array(p_values) <= 0.05) < 0.065


@pytest.mark.parametrize(("lost", "gained"), [(0, 0), (0, 6), (3, 9), (9, 3), (7, 7), (72, 94)])
def test_mcnemar_is_that_of_statsmodels(lost: int, gained: int) -> None:
    theirs = mcnemar([[10, lost], [gained, 20]], exact=True).pvalue
    if lost == gained:
        assert mcnemar_exact(lost, gained) == 1.0
    else:
        assert mcnemar_exact(lost, gained) == pytest.approx(theirs, rel=1e-12)


def test_mcnemar_takes_more_flips_than_a_float_can_count() -> None:
    theirs = scipy.stats.binomtest(2400, 5000).pvalue
    assert mcnemar_exact(2400, 2600) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("lost", "gained"), [(0, 6), (3, 9), (5, 5)])
def test_mcnemar_and_the_exact_sign_flip_test_of_success_are_one(lost: int, gained: int) -> None:
    row = np.concatenate([np.full(lost, -1.0), np.full(gained, 1.0), np.zeros(30)])
    (flipped,) = sign_flip_p_values([row], permutations=2**12, seed=0)
    assert flipped.value == pytest.approx(mcnemar_exact(lost, gained), rel=1e-12)


def test_the_signs_are_not_drawn_from_the_stream_of_the_bootstrap() -> None:
    row = np.random.default_rng(3).normal(0.02, 0.1, 60)

    def p_value(stream: np.random.Generator) -> float:
        signs = stream.integers(2, size=(999, 60), dtype=np.int8) * 2.0 - 1
        return float((np.abs(signs @ row) >= abs(row.sum())).sum() + 1) / 1000

    of_bootstrap, own = p_value(np.random.default_rng(7)), p_value(np.random.default_rng([7, 1]))
    (ours,) = sign_flip_p_values([row], permutations=999, seed=7)
    assert own != of_bootstrap
    assert ours.value == own
