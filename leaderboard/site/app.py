"""The script that Streamlit runs; see `omiti2v leaderboard serve`."""

from __future__ import annotations

import streamlit as st

from leaderboard.entries.shown import as_markdown
from leaderboard.site.opening import OPENER
from leaderboard.site.settings import read_settings
from leaderboard.site.views import about, board, charts, compare, dataset, samples, submit
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
    pages = [
        st.Page(lambda: board.show(site), title="Board", url_path="board", default=True),
        st.Page(lambda: charts.show(site), title="Charts", url_path="charts"),
        st.Page(lambda: compare.show(site), title="Compare", url_path="compare"),
        st.Page(lambda: samples.show(site), title="Samples", url_path="samples"),
        st.Page(lambda: dataset.show(site), title="Dataset", url_path="dataset"),
        st.Page(lambda: submit.show(site), title="Submit", url_path="submit"),
        st.Page(about.show, title="About", url_path="about"),
    ]
    page = st.navigation(pages, position="top")
    try:
        page.run()
    except UserError as error:
        st.error(as_markdown(str(error)))


main()
