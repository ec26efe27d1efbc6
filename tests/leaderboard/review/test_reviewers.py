"""Reviewers beside each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leaderboard.review.reviewers import pair_agreements, samples_in_full
from omiti2v.reviews.people import Key, PersonAnswer

Given = Callable[..., PersonAnswer]

KEYS: list[Key] = [("edit", f"s{number}", "q1", "0" * 64) for number in range(6)]


def test_two_agree_as_far_as_kappa_says(given: Given) -> None:
    says = {"y": "yes", "n": "no"}
    ada, bob = (
        [given(key, says[letter]) for key, letter in zip(KEYS, letters, strict=False)]
        for letters in ("yyynnn", "yynn")
    )
    (pair,) = pair_agreements({"bob": bob, "ada": ada}, KEYS)
    assert (pair.one, pair.other, pair.form) == ("ada", "bob", "edit")
    assert (pair.shared, pair.agreed) == (4, 3)
    # By hand: 3/4 seen; by chance 3/4 * 2/4 + 1/4 * 2/4 = 1/2.
    assert pair.kappa == pytest.approx(0.5)


def test_answers_taken_back_of_machines_or_to_nothing_asked_are_no_agreement(given: Given) -> None:
    one, two, three, *_ = KEYS
    ada = [given(key, "yes") for key in (one, two, three)]
    bob = [
        given(one, "yes"),
        given(one, "withdrawn"),
        given(two, "yes", kind="machine"),
        given(three, "yes"),
    ]
    assert pair_agreements({"ada": ada, "bob": bob}, {one, two}) == ()
    assert pair_agreements({"ada": ada}, KEYS) == ()


def test_every_two_of_three_are_compared_by_form(given: Given) -> None:
    keys: list[Key] = [("reference", *KEYS[0][1:]), KEYS[0]]
    people = {name: [given(key, "yes") for key in keys] for name in ("ada", "bob", "cay")}
    found = pair_agreements(people, keys)
    assert {(row.one, row.other) for row in found} == {
        ("ada", "bob"),
        ("ada", "cay"),
        ("bob", "cay"),
    }
    assert len(found) == 6
    assert {row.kappa for row in found} == {None}  # chance alone would agree always


def test_a_sample_is_in_full_when_all_that_was_asked_is_answered() -> None:
    both: list[Key] = [("edit", "s0", question, "0" * 64) for question in ("q1", "q2")]
    assert samples_in_full([*both, KEYS[1]], {*both}) == 1
    assert samples_in_full([*both, KEYS[1]], {both[0], KEYS[1]}) == 1
    assert samples_in_full([], set()) == 0
