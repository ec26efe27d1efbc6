"""The script that Streamlit runs; see `omiti2v leaderboard serve`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st

from leaderboard.entries.shown import as_markdown
from leaderboard.site.opened import Site
from leaderboard.site.opening import OPENER
from leaderboard.site.server import VIEWS
from leaderboard.site.settings import read_settings
from omiti2v.errors import UserError


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(
        page_title="OmitI2V leaderboard", layout="wide", initial_sidebar_state="collapsed"
    )
    try:
        site = OPENER.open(read_settings())
    except UserError as error:
        st.error(as_markdown(str(error)))
        st.stop()
    first, *_ = VIEWS
    pages = [
        st.Page(_page(name, site), title=name.capitalize(), url_path=name, default=name == first)
        for name in VIEWS
    ]
    page = st.navigation(pages, position="top")
    try:
        page.run()
    except UserError as error:
        st.error(as_markdown(str(error)))


def _page(name: str, site: Site) -> Callable[[], None]:
    def show() -> None:
        # Only what the page needs: the board does not wait for the charts' library.
        view = import_module(f"leaderboard.site.views.{name}")
        if name == "about":
            view.show()
        else:
            view.show(site)

    return show


main()
