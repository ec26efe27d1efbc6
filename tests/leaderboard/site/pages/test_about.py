"""What the site says of itself."""

from __future__ import annotations

from collections.abc import Callable

from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.entries import BADGES
from omiti2v.definitions import COVERAGE, OUTCOMES, SCORES


def test_every_badge_and_every_number_of_the_tables_is_explained(
    run_page: Callable[..., AppTest],
) -> None:
    text = texts_of(run_page("about"))
    for meaning in BADGES.values():
        assert meaning in text
    for definition in (*SCORES.values(), *OUTCOMES.values(), *COVERAGE.values()):
        assert f"**{definition.label}.** {definition.meaning}" in text


def test_the_coverage_that_a_rank_needs_is_filled_in(run_page: Callable[..., AppTest]) -> None:
    text = texts_of(run_page("about"))
    assert "under 99 % coverage" in text
    assert "{ranked_from}" not in text
    assert "<!--" not in text
