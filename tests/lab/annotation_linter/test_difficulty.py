"""Difficulty follows from facts about a sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.annotation_linter.difficulty import difficulty
from omiti2v.samples import Sample


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "easy"),
        ({"target_area": 0.04}, "medium"),
        ({"subcategory": "text"}, "medium"),
        ({"edits": "two"}, "medium"),
        ({"edits": "two_in_order"}, "hard"),
        ({"subcategory": "expression", "target_area": 0.02}, "hard"),
    ],
)
def test_each_reason_makes_it_harder(
    build: Callable[..., Sample], fields: dict[str, Any], expected: str
) -> None:
    assert difficulty(build(**fields)) == expected
