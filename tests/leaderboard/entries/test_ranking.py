"""Ranks are the places that entries may have: one is claimed where all tests together show it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.entries.entry_info import SampleResults
from leaderboard.entries.ranking import (
    RANKED_BY,
    BoardFamily,
    RowRank,
    board_family,
    contributions,
    rank_rows,
)
from omiti2v.samples import Question, Sample


def samples_of(number: int) -> tuple[Sample, ...]:
    """Samples of the three categories in turn, with one question each."""
    question = Question(
        id="q", question="?", dimension="d", expected_answer="yes", reference_answer="no"
    )
    categories = ("addition", "deletion", "modification")
    return tuple(
        Sample(
            id=f"s{n:03}",
            image="x.png",
            prompt="p",
            category=categories[n % 3],  # type: ignore[arg-type]
            questions=(question,),
        )
        for n in range(number)
    )


def family_of(*rows: str) -> BoardFamily:
    """The family of entries e0, e1, ... whose samples are right (s) or ignored (n)."""
    marks = {
        f"e{n}": SampleResults(outcomes=row, right=tuple(int(letter == "s") for letter in row))
        for n, row in enumerate(rows)
    }
    return board_family(marks, samples_of(len(rows[0])))


def ranks(family: BoardFamily, by: str = "success") -> list[str]:
    return [str(rank) for rank in rank_rows(family, family.ids, by).values()]  # type: ignore[arg-type]


def test_alike_entries_share_their_places_and_a_worse_one_has_its_own() -> None:
    family = family_of("s" * 60 + "n" * 40, "s" * 59 + "n" * 41, "n" * 90 + "s" * 10)
    assert ranks(family) == ["1-2", "1-2", "3"]
    assert ranks(family, "negligence") == ["1-2", "1-2", "3"]


def test_the_same_sums_are_told_apart_where_the_difference_is_on_few_samples() -> None:
    """Paired: what makes a sample hard for both does not blur the difference."""
    assert ranks(family_of("s" * 60 + "n" * 40, "s" * 50 + "n" * 50)) == ["1", "2"]
    mixed = "".join(np.random.default_rng(0).permutation(list("s" * 50 + "n" * 50)))
    assert ranks(family_of("s" * 60 + "n" * 40, mixed)) == ["1-2", "1-2"]


def test_places_may_overlap_and_need_no_groups() -> None:
    """The middle is told apart from neither end, the ends from each other."""
    family = family_of("s" * 20 + "n" * 30, "s" * 14 + "n" * 36, "s" * 8 + "n" * 42)
    assert ranks(family) == ["1-2", "1-3", "2-3"]


def test_identical_entries_and_one_alone() -> None:
    assert ranks(family_of(*["sns"] * 4)) == ["1-4"] * 4
    assert ranks(family_of("sns")) == ["1"]
    assert board_family({}, ()).values == {}


def test_entries_that_are_not_ranked_are_in_the_family_and_in_no_place() -> None:
    family = family_of("s" * 60, "n" * 60, "n" * 60)
    assert family.pairs == 3
    assert rank_rows(family, ["e0", "e2"], "success") == {
        "e0": RowRank(1, 1),
        "e2": RowRank(2, 2),
    }


def test_a_family_answers_for_a_pair_in_any_order() -> None:
    family = family_of("s" * 60, "s" * 40 + "n" * 20, "n" * 60)
    found = family.pair("e0", "e1")
    assert found == family.pair("e1", "e0")
    assert found is not None
    assert (found.pairs, found.of, set(found.p_values)) == (3, "board", set(RANKED_BY))
    assert family.pair("e0", "somebody") is None


def test_more_entries_make_every_claim_harder() -> None:
    one, other = "s" * 30 + "n" * 70, "s" * 21 + "n" * 79
    few = family_of(one, other).p_values["success"][0, 1]
    rng = np.random.default_rng(1)
    crowd = ["".join(rng.permutation(list(one))) for _ in range(10)]
    assert few <= 0.05 < family_of(one, other, *crowd).p_values["success"][0, 1]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(3, 30).flatmap(
        lambda n: st.lists(st.text(alphabet="spn", min_size=n, max_size=n), min_size=1, max_size=6)
    )
)
def test_every_place_can_be_taken_and_a_better_score_has_no_worse_proof(rows: list[str]) -> None:
    family = family_of(*rows)
    found = list(rank_rows(family, family.ids, "success").values())
    values = family.values["success"]
    assert all(1 <= rank.best <= rank.worst <= len(rows) for rank in found)
    # Some order of the entries fits all ranks: the one of their scores.
    for place, entry in enumerate(np.argsort(-values, kind="stable"), start=1):
        assert found[entry].best <= place <= found[entry].worst


def test_contributions_add_up_to_the_score(make_samples: object) -> None:
    samples: tuple[Sample, ...] = make_samples(6)  # type: ignore[operator]
    marks = SampleResults(outcomes="sspnbu", right=(4, 4, 3, 2, 1, 0))
    value = {}
    for by in RANKED_BY:
        own = contributions(marks, samples, by)
        assert own is not None
        value[by] = own.sum()
    assert value["success"] == pytest.approx(2 / 6)
    assert value["negligence"] == pytest.approx(1 / 6)
    assert value["accuracy"] == pytest.approx(14 / 24)
    # categories in turn: (4 + 2) / 8, (4 + 1) / 8, (3 + 0) / 8
    assert value["semantic_average"] == pytest.approx((6 / 8 + 5 / 8 + 3 / 8) / 3)


def test_a_sample_s_takes_are_its_part_of_a_score(make_samples: object) -> None:
    samples: tuple[Sample, ...] = make_samples(3)  # type: ignore[operator]
    marks = SampleResults(outcomes="spsnu", right=(4, 3, 4, 1, 0), takes=(2, 1, 2))
    expected = {
        "success": [0.5, 1, 0],
        "accuracy": [3.5 / 4, 1, 0.5 / 4],
        "negligence": [0, 0, 0.5],
    }
    for by in ("success", "accuracy", "negligence"):
        own = contributions(marks, samples, by)
        assert own is not None
        assert (3 * own).tolist() == pytest.approx(expected[by])


def test_no_outcomes_no_rank_by_success(make_samples: object) -> None:
    samples: tuple[Sample, ...] = make_samples(3)  # type: ignore[operator]
    marks = SampleResults(outcomes=None, right=(1, 2, 3))
    assert contributions(marks, samples, "success") is None
    assert contributions(SampleResults(outcomes=None, right=None), samples, "accuracy") is None
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
    assert contributions(marks, one_category, "semantic_average") is None
