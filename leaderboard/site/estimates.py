"""Numbers that know that the judge errs: anchored in people, and corrected."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries import Entry
from leaderboard.entries.board import key_of
from leaderboard.entries.display_text import as_markdown
from leaderboard.entries.entry_people import score_corrected
from leaderboard.site.state import Site
from leaderboard.site.widgets import show_table
from omiti2v.comparison import Comparison
from omiti2v.errors import UserError
from omiti2v.estimation.corrected_scores import CorrectedScores
from omiti2v.estimation.summary_rows import (
    anchored_difference_notes,
    anchored_notes,
    anchored_rows,
    corrected_difference_notes,
    corrected_notes,
    corrected_rows,
    difference_rows,
)


def show_estimates(site: Site, entry: Entry) -> None:
    """Its numbers anchored in people's answers, and corrected for the judge."""
    if entry.people:
        show_table(
            anchored_rows(entry.people.scores), key="people", alt="Numbers anchored in people"
        )
        for line in anchored_notes(entry.people.scores):
            st.caption(as_markdown(line))
    corrected, why_not = corrected_of(site, entry)
    if corrected:
        show_table(
            corrected_rows(corrected), key="corrected", alt="Numbers corrected for the judge"
        )
        for line in corrected_notes(corrected):
            st.caption(as_markdown(line))
    elif why_not:
        st.caption(as_markdown(f"Not corrected for the judge: {why_not}"))


def corrected_of(site: Site, entry: Entry) -> tuple[CorrectedScores | None, str]:
    """An entry's numbers corrected by its judge's calibration, or why there are none."""
    if entry.judge is None or entry.run is None:
        return None, ""

    def compute() -> tuple[CorrectedScores | None, str]:
        try:
            known = site.calibration(key_of(entry))
            if known is None:
                return None, ""
            return score_corrected(site.run(entry), known), ""
        except UserError as error:
            return None, str(error)

    return site.once(("corrected", entry.id), compute)


def show_estimated_differences(comparison: Comparison) -> None:
    """Two entries against each other, anchored in people and corrected for the judge."""
    if found := comparison.people:
        st.subheader("Anchored in people")
        show_table(difference_rows(found.scores), key="people", alt="Anchored differences")
        for line in anchored_difference_notes(found):
            st.caption(as_markdown(line))
    if corrected := comparison.corrected:
        st.subheader("Corrected for the judge")
        show_table(difference_rows(corrected.scores), key="corrected", alt="Corrected differences")
        for line in corrected_difference_notes(corrected):
            st.caption(as_markdown(line))
