"""What is measured, how, and what to doubt: `about.md` with the definitions of the tables."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from leaderboard.entries import BADGES
from leaderboard.report.run_facts import RANKED_FROM
from leaderboard.site.state import Site
from omiti2v.definitions import COVERAGE, OUTCOMES, SCORES, SUCCESS

TITLE = "About"
ORDER = 70


def render(site: Site) -> None:
    """The page."""
    text = Path(__file__).with_suffix(".md").read_text(encoding="utf-8")
    text = text.replace("{ranked_from}", f"{100 * RANKED_FROM:.0f}")
    formulas, rest = text.split("<!-- definitions -->")
    ranks, more = rest.split("<!-- badges -->")
    st.title(TITLE)
    st.markdown(formulas)
    for title, definitions in {
        "Scores": (SUCCESS, *SCORES.values()),
        "Outcomes": OUTCOMES.values(),
        "Coverage": COVERAGE.values(),
    }.items():
        with st.expander(title):
            for definition in definitions:
                st.markdown(f"**{definition.label}.** {definition.meaning}")
    st.markdown(ranks)
    for name, meaning in BADGES.items():
        st.markdown(f"**{name}.** {meaning}")
    st.markdown(more)
