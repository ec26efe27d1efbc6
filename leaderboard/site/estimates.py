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
from omiti2v.estimation.summary_rows import EstimateTable, estimate_tables


def show_estimates(site: Site, entry: Entry) -> None:
    """Its numbers anchored in people's answers, and corrected for the judge."""
    corrected, why_not = corrected_of(site, entry)
    for table in estimate_tables(entry.people.scores if entry.people else None, corrected):
        _show(table)
    if why_not:
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
    for table in estimate_tables(comparison.people, comparison.corrected):
        st.subheader(table.title)
        _show(table)


def _show(table: EstimateTable) -> None:
    show_table(table.rows, key=table.title, alt=table.title)
    for line in table.notes:
        st.caption(as_markdown(line))
