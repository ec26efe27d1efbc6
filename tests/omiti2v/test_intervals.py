"""Intervals that hold at the edges of the scale; how often they do: `tests/lab/simulations`."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from omiti2v.bootstrap import Ratio
from omiti2v.intervals import (
    average_interval,
    clopper_pearson,
    difference_interval,
    mean_interval,
    ratio_interval,
)


def mean_of(values: object) -> Ratio:
    numbers = np.asarray(values, dtype=np.float64)
    return Ratio(numbers, np.ones(len(numbers)))


def share(hits: int, n: int) -> Ratio:
    return mean_of([1.0] * hits + [0.0] * (n - hits))


@pytest.mark.parametrize(("hits", "n"), [(0, 48), (1, 9), (7, 20), (48, 48), (1, 1), (12, 367)])
def test_samples_of_0_and_1_have_the_interval_of_clopper_and_pearson(hits: int, n: int) -> None:
    theirs = scipy.stats.binomtest(hits, n).proportion_ci(method="exact")
    assert clopper_pearson(hits / n, n) == pytest.approx(tuple(theirs))
    assert ratio_interval(share(hits, n)) == pytest.approx(tuple(theirs))


def test_nothing_of_48_is_not_certainly_nothing() -> None:
    assert ratio_interval(share(0, 48)) == (0.0, pytest.approx(0.074, abs=1e-3))
    assert ratio_interval(share(1, 1)) == (pytest.approx(0.025), 1.0)


def test_many_samples_of_fractions_have_the_normal_interval() -> None:
    values = np.random.default_rng(0).beta(2, 3, 4000)
    low, high = ratio_interval(mean_of(values))
    error = 1.96 * values.std(ddof=1) / np.sqrt(4000)
    assert (low, high) == pytest.approx((values.mean() - error, values.mean() + error), abs=2e-4)


def test_equal_fractions_leave_room_for_a_sample_that_is_not() -> None:
    low, high = ratio_interval(mean_of([0.6] * 48))
    assert low < 0.6 - 0.5 / 48
    assert high > 0.6 + 0.4 / 48


def test_what_is_alike_within_a_sample_counts_as_one() -> None:
    asked = np.full(60, 6.0)
    together = Ratio(np.r_[np.full(30, 6.0), np.zeros(30)], asked)
    apart = Ratio(np.full(60, 3.0) + np.tile([1.0, -1.0], 30), asked)
    assert ratio_interval(together) == pytest.approx(ratio_interval(share(30, 60)))
    low, high = ratio_interval(apart)
    assert high - low < 0.6 * np.subtract(*ratio_interval(together)[::-1])


def test_bounds_only_move_and_stretch() -> None:
    values = np.random.default_rng(1).random(50)
    low, high = ratio_interval(mean_of(values))
    assert ratio_interval(mean_of(2 * values - 1), bounds=(-1.0, 1.0)) == pytest.approx(
        (2 * low - 1, 2 * high - 1)
    )


def test_categories_of_unequal_sizes_count_alike_in_an_average() -> None:
    kinds = np.repeat([0, 1, 2], [80, 30, 10])
    right = np.random.default_rng(2).random(120) < 0.5
    parts = [Ratio(right * (kinds == kind), (kinds == kind) * 1.0) for kind in range(3)]
    low, high = average_interval(parts)
    error = np.sqrt(sum(part.value * (1 - part.value) / part.n for part in parts)) / 3
    assert high - low > 2 * 1.96 * error
    value = np.mean([part.value for part in parts])
    assert low < value < high


def test_a_category_of_few_samples_makes_an_average_as_unsure_as_it_is() -> None:
    kinds = np.repeat([0, 1, 2], [40, 6, 2])
    # Both samples of the third were done: one in two would have been as likely.
    parts = [
        Ratio((kinds == kind) * (0.0, 0.0, 1.0)[kind], (kinds == kind) * 1.0) for kind in range(3)
    ]
    low, high = average_interval(parts)
    assert low < 0.5 / 3
    assert high > 0.5


def test_a_difference_of_which_all_is_gained_is_a_share() -> None:
    differences = mean_of([1.0] * 5 + [0.0] * 43)
    low, high = difference_interval([differences])
    assert high == pytest.approx(clopper_pearson(5 / 48, 48)[1])
    # Nothing was lost, but something may be elsewhere.
    assert low < clopper_pearson(5 / 48, 48)[0]
    assert difference_interval([mean_of(-differences.numerator)]) == pytest.approx((-high, -low))


def test_rounding_is_no_difference() -> None:
    noise = mean_of([0.1 + 0.2 - 0.3] * 24 + [0.0] * 24)
    assert difference_interval([noise]) == pytest.approx(difference_interval([share(0, 48)]))


def test_a_sample_that_differs_little_does_not_say_that_none_differs_more() -> None:
    low, high = difference_interval([mean_of([1 / 6] + [0.0] * 47)])
    assert low < -0.05
    assert high > 0.05


def test_nearly_alike_runs_may_lack_a_video_elsewhere() -> None:
    """One sample in ten differs by a sixth; in one run a video in fifty is missing."""
    rng = np.random.default_rng(11)
    drawn = np.where(rng.random((400, 48)) < 0.1, rng.choice([-1, 1], (400, 48)) / 6, 0.0)
    drawn[rng.random((400, 48)) < 0.02] = -0.8
    intervals = [difference_interval([mean_of(row)]) for row in drawn]
    assert sum(low <= -0.016 <= high for low, high in intervals) >= 0.95 * 400


@pytest.mark.parametrize("n", [48, 120, 367])
def test_values_near_an_end_leave_as_many_at_the_other_as_none_of_so_many_does(n: int) -> None:
    for value in (0.8, 0.95, 0.99):
        low, _ = ratio_interval(mean_of([value] * n))
        assert low < value * (1 - 2.9 / n)


def test_few_values_of_a_metric_have_a_wider_interval() -> None:
    """Of nine of a log-normal kind Student's holds four times in five."""
    rng = np.random.default_rng(13)
    intervals = [mean_interval(mean_of(row)) for row in rng.lognormal(size=(400, 9))]
    held = [low <= np.exp(0.5) <= high for low, high in filter(None, intervals)]
    assert sum(held) >= 0.93 * 400


def test_skewed_values_reach_further_to_their_side_than_students_interval() -> None:
    values = np.random.default_rng(3).exponential(size=60)
    interval = mean_interval(mean_of(values))
    theirs = scipy.stats.ttest_1samp(values, 0).confidence_interval()
    assert interval is not None
    assert interval[0] == pytest.approx(theirs.low)
    assert interval[1] > theirs.high


def test_no_spread_and_no_bounds_leave_nothing_to_say() -> None:
    assert mean_interval(mean_of([3.0])) is None
    assert mean_interval(mean_of([0.1] * 30)) is None
    assert mean_interval(mean_of([0.1] * 30), bounds=(0.0, 1.0)) is not None
    low, _ = mean_interval(mean_of([0.0, 0.0, 5.0]), bounds=(0.0, None)) or (None, None)
    assert low == 0


counts = st.lists(
    st.tuples(st.integers(0, 8), st.floats(0, 1)).map(
        lambda pair: (round(pair[0] * pair[1]), pair[0])
    ),
    min_size=1,
    max_size=40,
).filter(lambda rows: any(asked for _, asked in rows))


@settings(max_examples=150, deadline=None)
@given(counts)
def test_an_interval_holds_its_estimate_within_the_scale(rows: list[tuple[int, int]]) -> None:
    right, asked = np.array(rows, dtype=np.float64).T
    ratio = Ratio(right, asked)
    low, high = ratio_interval(ratio)
    assert 0 <= low <= ratio.value <= high <= 1
    assert low < high
    wider = ratio_interval(ratio, confidence=0.99)
    assert wider[0] <= low + 1e-12
    assert wider[1] >= high - 1e-12
    change_low, change_high = difference_interval([ratio])
    assert -1 <= change_low < change_high <= 1
