"""Trying a run against the board. Nothing that is uploaded here is kept or shown to others."""

from __future__ import annotations

import hashlib
from datetime import date

import pyarrow as pa
import streamlit as st

from leaderboard.entries.safe_text import as_markdown
from leaderboard.entries.upload import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.state import Site
from leaderboard.site.upload_check import UploadVerdict, difference_cells, judge_upload

TITLE = "Submit"
ORDER = 60
MAX_NOTE = 1000
_WEIGHTS = {"not said": None, "open": True, "closed": False}

_STEPS = """
1. `omiti2v check VIDEOS`, then `omiti2v score VIDEOS -o RUN` with the judge of the board.
2. `zip -r run.zip RUN` (without `strips/` and `references/` it is small).
3. Drop it here. The numbers are computed from its log before your eyes.
4. Where all holds, download the entry, unpack it over a checkout of the board, and open a pull
   request. It is verified again there.
"""


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
    st.markdown(_STEPS)
    note = st.text_area(
        "What readers should know of this entry (optional)", key="note", max_chars=MAX_NOTE
    )
    weights = st.selectbox("Can the weights of the video model be had?", list(_WEIGHTS))
    file = st.file_uploader(
        "A zipped run folder",
        type="zip",
        max_upload_size=DEFAULT_UPLOAD_LIMITS.max_zip_bytes >> 20,
        help="It is read in memory, and forgotten when you leave.",
        key="run",
    )
    if file is None:
        st.info("No file yet. Nothing that you drop here is kept, and nobody else sees it.")
        return
    content = file.getvalue()
    asked = (hashlib.sha256(content).hexdigest(), note, weights)
    # Kept with the visitor's own session, never in a cache that others share.
    if st.session_state.get("verdict of") != asked:
        with st.spinner("Reading the log and computing its numbers ..."):
            st.session_state["verdict"] = judge_upload(
                content,
                site.board,
                today=date.today(),
                note=note,
                open_weights=_WEIGHTS[weights],
            )
        st.session_state["verdict of"] = asked
    _show_verdict(st.session_state["verdict"])


def _show_verdict(verdict: UploadVerdict) -> None:
    if verdict.refused is not None:
        st.error(f"Refused: {as_markdown(verdict.refused)}")
        return
    if verdict.differences:
        st.error("The run's own scores are not what its log gives. See `omiti2v rescore RUN`.")
        st.dataframe(
            pa.table(difference_cells(verdict.differences)),
            hide_index=True,
            alt="Numbers in which the run's own scores differ from its log",
        )
    else:
        st.success(f"All holds. On the board it would be {as_markdown(verdict.id)}.")
    for text in verdict.notes:
        st.warning(as_markdown(text))
    st.dataframe(
        pa.table(
            {
                "Number": [label for label, _ in verdict.numbers],
                "From the log [95 %]": [value for _, value in verdict.numbers],
            }
        ),
        hide_index=True,
        alt="The numbers of the uploaded run, computed from its log",
    )
    if verdict.package is not None:
        st.download_button(
            "Download the entry",
            verdict.package,
            file_name="omiti2v-entry.zip",
            mime="application/zip",
            type="primary",
            on_click="ignore",
        )
        st.caption(
            "Its badge is `responses`: the arithmetic is proved, the answers are not. Only "
            "maintainers who judge the real videos again give a better one."
        )
