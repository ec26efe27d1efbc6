"""Every number that is shown has a name and a meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from omiti2v import definitions
from omiti2v.outcomes import OUTCOMES
from omiti2v.samples import FACET_KINDS, Sample
from omiti2v.score_ratios import GROUP_KINDS, QUESTION_KINDS
from omiti2v.scores import Missing, compute_scores

Make = Callable[..., tuple[Sample, ...]]


def test_what_a_run_is_given_is_defined_and_nothing_else(make_samples: Make) -> None:
    samples = make_samples(3)
    scores = compute_scores(samples, {}, with_video=["s000"], resamples=100)
    assert list(definitions.SCORES) == list(scores.scores)
    assert list(definitions.OUTCOMES) == list(scores.outcomes or {}) == list(OUTCOMES)
    assert list(definitions.COVERAGE) == list(scores.coverage)


def test_groups_and_rules_have_names() -> None:
    assert set(definitions.GROUP_KINDS) == {*GROUP_KINDS, *QUESTION_KINDS}
    assert tuple(definitions.FACETS) == FACET_KINDS
    assert set(definitions.MISSING_RULES) == set(get_args(Missing))
