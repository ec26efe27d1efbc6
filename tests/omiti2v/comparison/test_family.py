"""Families of tests: adjusted exactly where that can be, and never bolder than they may be."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from omiti2v.comparison.family import adjusted_p_values
from omiti2v.comparison.significance import sign_flip_p_values

Table = np.ndarray


def by_hand(tables: dict[str, Table]) -> dict[tuple[str, int, int], float]:
    """The step-down over all assignments of signs, a test at a time."""
    tests = {
        (name, i, j): table[j] - table[i]
        for name, table in tables.items()
        for i, j in combinations(range(len(table)), 2)
    }
    samples = next(iter(tests.values())).shape[0]
    flips = np.array(list(product([1, -1], repeat=samples)))

    def statistic(row: Table, signs: Table) -> Table:
        size = np.sqrt((row**2).sum())
        return np.abs(signs @ row) / size if size else np.zeros(len(signs))

    observed = {
        # One more sample in the root.
        key: abs(row.sum()) / np.sqrt((row**2).sum() + 1 / samples**2)
        for key, row in tests.items()
    }
    flipped = {key: statistic(row, flips) for key, row in tests.items()}
    adjusted: dict[tuple[str, int, int], float] = {}
    largest = 0.0
    for key in sorted(tests, key=lambda key: -observed[key]):
        left = [flipped[other] for other in tests if observed[other] <= observed[key] + 1e-9]
        share = np.mean(np.max(left, axis=0) >= observed[key] - 1e-9)
        largest = adjusted[key] = max(largest, float(share))
    return adjusted


@pytest.mark.parametrize("seed", range(4))
def test_few_samples_are_adjusted_exactly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Shares, of one sample and of three, and a row that equals another.
    tables = {
        "yes or no": rng.integers(0, 2, (4, 8)) / 8,
        "thirds": rng.integers(0, 4, (4, 8)) / 24,
    }
    for table in tables.values():
        table[3] = table[2]
    found = adjusted_p_values(
        tables, pairs="all", one_more=dict.fromkeys(tables, 1 / 8), permutations=256, seed=0
    )
    for (name, i, j), p_value in by_hand(tables).items():
        assert found[name][i, j] == found[name][j, i] == pytest.approx(p_value, abs=1e-12)
    assert (found["thirds"][2, 3], found["thirds"][1, 1]) == (1, 1)


def test_against_the_first_alone_the_others_are_no_tests() -> None:
    table = np.random.default_rng(0).random((4, 9))
    found = adjusted_p_values(
        {"a": table}, pairs="first", one_more={"a": 0.0}, permutations=512, seed=0
    )["a"]
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1, 2])
    everything = adjusted_p_values(
        {"a": table}, pairs="all", one_more={"a": 0.0}, permutations=512, seed=0
    )["a"]
    assert (found[0] <= everything[0]).all()


def test_a_row_without_a_score_is_in_no_test_and_changes_none() -> None:
    rng = np.random.default_rng(1)
    table = rng.random((3, 40))
    absent = np.vstack([table, np.full(40, np.nan)])
    alone = adjusted_p_values(
        {"a": table}, pairs="all", one_more={"a": 0.0}, permutations=500, seed=3
    )["a"]
    found = adjusted_p_values(
        {"a": absent}, pairs="all", one_more={"a": 0.0}, permutations=500, seed=3
    )["a"]
    assert np.array_equal(found[:3, :3], alone)
    assert np.isnan(found[3, :3]).all()


def test_one_test_alone_has_its_own_p_value_and_in_company_no_smaller_one() -> None:
    rng = np.random.default_rng(2)
    rows = rng.normal(0.02, 0.1, (6, 60))
    table = np.vstack([np.zeros(60), rows])
    own = [p.value for p in sign_flip_p_values(list(rows), permutations=2_000, seed=5)]
    for row, p_value in zip(rows, own, strict=True):
        pair = np.vstack([np.zeros(60), row])
        (found,) = adjusted_p_values(
            {0: pair}, pairs="all", one_more={0: 0.0}, permutations=2_000, seed=5
        ).values()
        # But for the digits that count as a tie.
        assert p_value <= found[0, 1] <= p_value + 0.002
    together = adjusted_p_values(
        {0: table}, pairs="first", one_more={0: 0.0}, permutations=2_000, seed=5
    )[0]
    assert (together[0, 1:] >= own).all()
    assert together[0].min() > 0


def test_taking_many_tests_in_steps_is_never_bolder(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    table = rng.normal(np.linspace(0, 0.2, 16)[:, None], 0.1, (16, 80))

    def found() -> Table:
        return adjusted_p_values(
            {0: table}, pairs="all", one_more={0: 0.0}, permutations=1_000, seed=1
        )[0]

    finest = found()
    monkeypatch.setattr("omiti2v.comparison.family._STEPS", 12)
    coarser = found()
    assert (coarser >= finest).all()
    assert (coarser <= 0.05).sum() >= 0.9 * (finest <= 0.05).sum() > 40


def test_what_is_surely_different_makes_the_rest_no_harder() -> None:
    """Step by step: a test that is decided no longer counts against the others."""
    rng = np.random.default_rng(4)
    near = rng.normal(0.03, 0.1, 100)
    sure = rng.normal(1, 0.1, (30, 100))
    pair = np.vstack([np.zeros(100), near])
    alone = adjusted_p_values(
        {0: pair}, pairs="first", one_more={0: 0.0}, permutations=5_000, seed=0
    )[0][0, 1]
    crowd = np.vstack([pair, sure])
    assert (
        adjusted_p_values({0: crowd}, pairs="first", one_more={0: 0.0}, permutations=5_000, seed=0)[
            0
        ][0, 1]
        == alone
    )


def test_no_rows_are_no_tests() -> None:
    assert adjusted_p_values({}, pairs="all", one_more={}, permutations=100, seed=0) == {}
    (found,) = adjusted_p_values(
        {0: np.zeros((1, 5))}, pairs="all", one_more={0: 0.2}, permutations=100, seed=0
    ).values()
    assert found.tolist() == [[1.0]]


def test_entries_as_good_on_average_are_equal_whatever_the_shape_of_their_samples() -> None:
    """One is wrong in 5 % of its answers, the other in all answers on 5 % of the samples."""
    rng = np.random.default_rng(6)
    false = 0
    for _ in range(100):
        steady = rng.binomial(5, 0.95, (6, 48)) / 5
        broken = (rng.random((6, 48)) < 0.95) * 1.0
        table = np.vstack([steady, broken]) / 48
        found = adjusted_p_values(
            {0: table}, pairs="all", one_more={0: 1 / 48}, permutations=500, seed=0
        )
        false += bool((found[0][~np.eye(12, dtype=bool)] <= 0.05).any())
    assert false <= 11


def test_one_more_sample_changes_nothing_where_samples_are_won_or_lost() -> None:
    for won, lost in ((6, 0), (9, 1)):
        row = np.array([1.0] * won + [-1.0] * lost + [0.0] * 20)[None]
        table = np.vstack([np.zeros_like(row), row])
        without, with_it = (
            adjusted_p_values(
                {0: table}, pairs="all", one_more={0: size}, permutations=1 << 10, seed=0
            )[0][0, 1]
            for size in (0.0, 1.0)
        )
        assert without == with_it < 0.05
