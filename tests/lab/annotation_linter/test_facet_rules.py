"""Each rule about facets catches a sample that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.annotation_linter.facet_rules import facet_problems
from omiti2v.samples import Sample

Build = Callable[..., Sample]


def rules(sample: Sample) -> set[str]:
    return {problem.rule for problem in facet_problems(sample)}


def test_a_faultless_sample_has_no_problems(build: Build) -> None:
    assert list(facet_problems(build())) == []


@pytest.mark.parametrize(
    ("questions", "fields", "rule"),
    [
        ({2: {"facet": "f2"}}, {}, "facet"),
        ({2: {"facet": None}}, {}, "facet"),
        ({1: {"dimension": "state"}}, {}, "event"),
        ({3: {"facet": "f2"}}, {}, "facts"),
        ({}, {"edits": "two_in_order"}, "order"),
        ({}, {"prompt": "The young camel turns around and trots off, to the left"}, "span"),
        ({}, {"prompt": "The young brown camel turns around and trots away"}, "uncovered"),
        ({}, {"caption_before": "Two camels on a dry plain"}, "span"),
    ],
)
def test_a_facet_that_breaks_a_rule_is_named(
    build: Build, questions: dict[int, dict[str, Any]], fields: dict[str, Any], rule: str
) -> None:
    assert rule in rules(build(questions, **fields))
