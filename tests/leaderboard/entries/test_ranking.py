"""Tie groups: a rank is claimed only where the data tell entries apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.entries.entry_info import SampleResults
from leaderboard.entries.ranking import RANKED_BY, rank_rows, score_parts
from omiti2v.bootstrap import Ratio
from omiti2v.samples import Question, Sample


def row(values: list[float]) -> tuple[Ratio, ...]:
    return (Ratio(np.array(values), np.ones(len(values))),)


def ranks(rows: list[tuple[Ratio, ...]], *, higher_is_better: bool = True) -> list[int]:
    return [standing.rank for standing in rank_rows(rows, higher_is_better=higher_is_better)]


def test_alike_rows_share_a_rank_and_the_next_rank_counts_them() -> None:
    good, bad = [1.0] * 60 + [0.0] * 40, [0.0] * 90 + [1.0] * 10
    almost = [1.0] * 59 + [0.0] * 41
    standings = rank_rows([row(good), row(almost), row(bad)], higher_is_better=True)
    assert [standing.rank for standing in standings] == [1, 1, 3]
    assert [standing.tied for standing in standings] == [True, True, False]


def test_the_same_sums_are_told_apart_where_the_difference_is_on_every_sample() -> None:
    """Paired: what makes a sample hard for both does not blur the difference."""
    rng = np.random.default_rng(0)
    hard = rng.random(100)
    slightly = np.clip(hard - 0.02, 0, 1)
    assert ranks([row(list(hard)), row(list(slightly))]) == [1, 2]
    shuffled = rng.permutation(slightly)
    assert ranks([row(list(hard)), row(list(shuffled))]) == [1, 1]


def test_less_can_be_better() -> None:
    rows = [row([0.0] * 50), row([1.0] * 50)]
    assert ranks(rows) == [2, 1]
    assert ranks(rows, higher_is_better=False) == [1, 2]


def test_identical_rows_are_one_group() -> None:
    assert ranks([row([1.0, 0.0, 1.0])] * 4) == [1, 1, 1, 1]
    assert ranks([]) == []


@settings(max_examples=25, deadline=None)
@given(
    st.integers(3, 30).flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=n, max_size=n),
            min_size=1,
            max_size=8,
        )
    )
)
def test_ranks_follow_the_scores_and_groups_do_not_overlap(table: list[list[float]]) -> None:
    standings = rank_rows([row(values) for values in table], higher_is_better=True)
    order = sorted(range(len(table)), key=lambda i: standings[i].rank)
    means = [sum(table[i]) for i in order]
    for one, two in pairwise(order):
        if standings[one].group != standings[two].group:
            assert sum(table[one]) >= sum(table[two]) - 1e-9
    assert standings[order[0]].rank == 1
    assert max(means) == pytest.approx(max(sum(table[i]) for i in order if standings[i].rank == 1))
    for standing in standings:
        before = sum(other.rank < standing.rank for other in standings)
        assert standing.rank == before + 1


def test_parts_of_a_score_give_the_score(make_samples: object) -> None:
    samples: tuple[Sample, ...] = make_samples(6)  # type: ignore[operator]
    marks = SampleResults(outcomes="sspnbu", right=(4, 4, 3, 2, 1, 0))
    for by in RANKED_BY:
        parts = score_parts(marks, samples, by)
        assert parts
    value = {by: sum(p.value for p in score_parts(marks, samples, by) or ()) for by in RANKED_BY}
    assert value["success"] == pytest.approx(2 / 6)
    assert value["negligence"] == pytest.approx(1 / 6)
    assert value["accuracy"] == pytest.approx(14 / 24)
    # categories in turn: (4 + 2) / 8, (4 + 1) / 8, (3 + 0) / 8
    assert value["semantic_average"] / 3 == pytest.approx((6 / 8 + 5 / 8 + 3 / 8) / 3)


def test_a_sample_s_takes_are_its_part_of_a_score(make_samples: object) -> None:
    samples: tuple[Sample, ...] = make_samples(3)  # type: ignore[operator]
    marks = SampleResults(outcomes="spsnu", right=(4, 3, 4, 1, 0), takes=(2, 1, 2))
    parts = {by: score_parts(marks, samples, by) for by in ("success", "accuracy", "negligence")}
    numerators = {by: row[0].numerator.tolist() for by, row in parts.items() if row}
    assert numerators == {
        "success": [0.5, 1, 0],
        "accuracy": [3.5 / 4, 1, 0.5 / 4],
        "negligence": [0, 0, 0.5],
    }


def test_no_outcomes_no_rank_by_success(make_samples: object) -> None:
    samples: tuple[Sample, ...] = make_samples(3)  # type: ignore[operator]
    marks = SampleResults(outcomes=None, right=(1, 2, 3))
    assert score_parts(marks, samples, "success") is None
    assert score_parts(SampleResults(outcomes=None, right=None), samples, "accuracy") is None
    one_category = tuple(
        Sample(
            id=f"x{i}",
            image="x.png",
            prompt="p",
            category="addition",
            questions=(Question(id="q", question="?", dimension="d", expected_answer="yes"),),
        )
        for i in range(3)
    )
    assert score_parts(marks, one_category, "semantic_average") is None
