"""The page with the numbers; no single question's right answer shows in them."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries.display_text import as_markdown
from leaderboard.review.judge_error import summarize_judge
from leaderboard.review.session import ReviewSession
from leaderboard.review.summary import summarize_reviews
from leaderboard.review.summary_rows import (
    NONE_YET,
    agreement_rows,
    error_notes,
    error_rows,
    state_rows,
)
from leaderboard.site.widgets import show_table
from omiti2v.reviews.people import read_people

FEWEST_SHOWN = 20
"""Answers of a form below which the page does not show how many agree."""


def render(review: ReviewSession) -> None:
    """The page."""
    st.title("Summary", anchor=False)
    people = read_people(review.folder)
    if review.run is not None:
        judged = summarize_judge(review.run, people)
        if not any(people.values()):
            st.info(NONE_YET)
        elif judged.error.answers < FEWEST_SHOWN:
            st.info(f"The judge's error is shown from {FEWEST_SHOWN} re-checked answers on.")
        else:
            show_table(error_rows(judged), alt="Errors of the judge")
        for line in error_notes(judged):
            st.caption(as_markdown(line))
        if review.left_out:
            first = next(iter(review.left_out.values()))
            st.warning(as_markdown(f"{len(review.left_out)} videos can't be shown; first: {first}"))
        return
    summary = summarize_reviews(review.edition, people)
    if not summary.agreement:
        st.info(NONE_YET)
    else:
        rows = agreement_rows(summary, at_least=FEWEST_SHOWN)
        show_table(rows, alt="Agreement with the annotation")
    if summary.agreement and len(review.standing()) < len(review.questions):
        # Numbers that move with every answer would tell what the annotation says to each.
        st.caption(
            "What people have confirmed is shown once you have answered everything; "
            "`omiti2v data review --summary` prints it."
        )
    else:
        show_table(state_rows(summary), alt="What people have confirmed")
    if summary.outdated:
        st.caption(f"{summary.outdated} answers are to earlier questions and no longer count.")
    st.caption(as_markdown(f"Edition {summary.edition}, {summary.fingerprint}"))
