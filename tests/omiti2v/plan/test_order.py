"""The order of a plan's samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from omiti2v import load_edition
from omiti2v.editions import Edition
from omiti2v.plan.order import stratified_order


@pytest.fixture(scope="module")
def benchmark() -> Edition:
    return load_edition("open")


def test_every_beginning_has_the_categories_of_the_benchmark(benchmark: Edition) -> None:
    categories = {sample.id: sample.category for sample in benchmark.samples}
    totals = Counter(categories.values())
    for seed in range(5):
        order = stratified_order(benchmark, seed=seed)
        assert sorted(order) == sorted(categories)
        counts: Counter[str] = Counter()
        for place, name in enumerate(order, start=1):
            counts[categories[name]] += 1
            for category, total in totals.items():
                assert abs(counts[category] - place * total / len(order)) < 1


def test_each_sample_is_as_often_in_a_beginning_as_any_other(benchmark: Edition) -> None:
    begun: Counter[str] = Counter()
    for seed in range(200):
        begun.update(stratified_order(benchmark, seed=seed)[:92])
    shares = np.array([begun[sample.id] for sample in benchmark.samples]) / 200
    # A share of 92/367, give or take five standard errors.
    assert np.abs(shares - 92 / 367).max() < 5 * np.sqrt(0.25 * 0.75 / 200)


def test_the_order_is_of_the_edition_and_the_seed(
    make_edition: Callable[..., Edition], tmp_path: Path
) -> None:
    edition = make_edition(tmp_path, count=12)
    assert stratified_order(edition, seed=1) == stratified_order(edition, seed=1)
    assert stratified_order(edition, seed=1) != stratified_order(edition, seed=2)
    turned = replace(edition, samples=edition.samples[::-1])
    other = replace(turned, image_sha256=dict.fromkeys(edition.by_id, "0" * 64))
    assert stratified_order(other, seed=1) != stratified_order(edition, seed=1)
