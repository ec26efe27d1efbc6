"""The script of `omiti2v leaderboard serve`."""

from __future__ import annotations

from functools import partial

import streamlit as st

from leaderboard.entries.display_text import as_markdown
from leaderboard.site.pages import find_pages
from leaderboard.site.settings import Settings, read_settings
from leaderboard.site.state import open_site
from omiti2v.errors import UserError

# What is chosen of several stands in white on the primary color, which is pale in the dark.
_STYLE = "<style>.stMultiSelect [data-tag] { background-color: #0a63a5; color: #fff; }</style>"


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(
        page_title="OmitI2V leaderboard", layout="wide", initial_sidebar_state="collapsed"
    )
    try:
        site = open_site(read_settings(Settings))
        pages = [
            st.Page(
                partial(page.render, site),
                title=page.title,
                url_path=page.name,
                default=number == 0,
            )
            for number, page in enumerate(find_pages())
        ]
        page = st.navigation(pages, position="top")
        st.set_page_config(page_title=f"{page.title} \N{MIDDLE DOT} OmitI2V leaderboard")
        st.html(_STYLE)
        page.run()
    except UserError as error:
        st.error(as_markdown(str(error)))


main()
