"""The script that Streamlit runs; see `omiti2v data review`."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries.shown import as_markdown
from leaderboard.review import asking, totals
from leaderboard.review.opened import open_review
from leaderboard.review.settings import read_review_settings
from omiti2v.errors import UserError


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(
        page_title="OmitI2V review", layout="wide", initial_sidebar_state="collapsed"
    )
    try:
        review = open_review(read_review_settings())
        pages = [
            st.Page(lambda: asking.show(review), title="Review", url_path="review", default=True),
            st.Page(lambda: totals.show(review), title="Summary", url_path="summary"),
        ]
        st.navigation(pages, position="top").run()
    except UserError as error:
        st.error(as_markdown(str(error)))


main()
