"""The script of `omiti2v data review`."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries.display_text import as_markdown
from leaderboard.review import question_page, summary_page
from leaderboard.review.session import ReviewSettings, open_session
from leaderboard.site.settings import read_settings
from omiti2v.errors import UserError


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(
        page_title="OmitI2V review", layout="wide", initial_sidebar_state="collapsed"
    )
    try:
        review = open_session(read_settings(ReviewSettings))
        pages = [
            st.Page(
                lambda: question_page.render(review),
                title="Review",
                url_path="review",
                default=True,
            ),
            st.Page(lambda: summary_page.render(review), title="Summary", url_path="summary"),
        ]
        st.navigation(pages, position="top").run()
    except UserError as error:
        st.error(as_markdown(str(error)))


main()
