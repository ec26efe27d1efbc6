"""The set as a whole: which samples, and a part of them."""

from __future__ import annotations

from collections.abc import Callable

from evaluators.contrast.contrast_set import ContrastSet


def test_samples_stand_in_the_order_of_the_edition(
    make_set: Callable[..., ContrastSet],
) -> None:
    found = make_set()
    assert [sample.id for sample in found.samples] == sorted(found.clips)


def test_a_part_takes_the_categories_in_turn(make_set: Callable[..., ContrastSet]) -> None:
    found = make_set()
    assert len(found.stratified(2)) == 2
    assert {sample.category for sample in found.stratified(3)} == {
        "addition",
        "deletion",
        "modification",
    }
    assert found.stratified(2) == found.stratified(2)
    assert found.stratified(99) == found.samples
