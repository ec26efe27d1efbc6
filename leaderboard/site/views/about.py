"""What is measured, how, and what to doubt."""

from __future__ import annotations

import streamlit as st

from leaderboard.site.prepared import about


def show() -> None:
    """The page."""
    st.title("About")
    st.markdown(about.MEASURED)
    st.subheader("Formulas")
    st.markdown(about.FORMULAS)
    for title, definitions in about.definition_rows():
        with st.expander(title):
            for definition in definitions:
                st.markdown(f"**{definition.label}.** {definition.meaning}")
    st.subheader("Ranks")
    st.markdown(about.RANKS)
    st.subheader("Badges")
    for name, meaning in about.badge_rows():
        st.markdown(f"**{name}.** {meaning}")
    st.subheader("How videos are judged")
    st.markdown(about.PROTOCOLS)
    st.subheader("Reproduce a row")
    st.markdown(about.REPRODUCE)
    st.subheader("Known weaknesses")
    st.markdown(about.WEAKNESSES)
