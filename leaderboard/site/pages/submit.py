"""Trying a run against the board. Nothing that is uploaded here is kept or shown to others."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from leaderboard.entries import Board, Finding, as_zip, prepare_entry, read_uploaded_run
from leaderboard.entries.display_text import as_markdown, display_text
from leaderboard.entries.plausibility import flat_scores
from leaderboard.entries.upload import DEFAULT_UPLOAD_LIMITS
from leaderboard.site.board_table import figure_text
from leaderboard.site.columns import figure_column
from leaderboard.site.state import Site
from leaderboard.site.widgets import offer_download, show_table
from omiti2v.errors import UserError
from omiti2v.records import parse_record
from omiti2v.scores import Scores

TITLE = "Submit"
ORDER = 60
MAX_NOTE = 1000
WAIT_SECONDS = 60.0

# Unpacking and scoring take memory and a processor: one upload at a time, the others wait.
_ONE_AT_A_TIME = threading.Lock()

_WEIGHTS = {"not said": None, "open": True, "closed": False}

_STEPS = """
1. `omiti2v check VIDEOS`, then `omiti2v score VIDEOS -o RUN` with the judge of the board.
2. `zip -r run.zip RUN` (without `strips/` and `references/` it is small).
3. Drop it here. The numbers are computed from its log before your eyes.
4. Where all holds, download the entry, unpack it over a checkout of the board, and open a pull
   request. It is verified again there.
"""


@dataclass(frozen=True)
class UploadVerdict:
    """What a board says of an uploaded run.

    Attributes:
        refused: Why it is not taken, one line; None where it is.
        id: Of the entry that it would be.
        numbers: Label and value with interval, computed from the log.
        differences: Where the run's own scores are not what its log gives.
        notes: What its author should know.
        package: The entry as a zip for a pull request; None where it is refused, or its own scores
            are not what its log gives.
    """

    refused: str | None
    id: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    differences: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    package: bytes | None = None


def judge_upload(
    content: bytes, board: Board, *, today: date, note: str = "", open_weights: bool | None = None
) -> UploadVerdict:
    """Check an uploaded run and score it from its log. Nothing is written.

    Args:
        content: The zip.
        board: Where it is to go.
        today: The day that the entry bears.
        note: What readers should know; may be empty.
        open_weights: Whether the video model's weights are available.
    """
    if not _ONE_AT_A_TIME.acquire(timeout=WAIT_SECONDS):
        return UploadVerdict("the server is busy with other uploads; try again in a few minutes")
    try:
        return _judge(content, board, today=today, note=note, open_weights=open_weights)
    except UserError as error:
        return UploadVerdict(display_text(str(error)))
    finally:
        _ONE_AT_A_TIME.release()


def _judge(
    content: bytes, board: Board, *, today: date, note: str, open_weights: bool | None
) -> UploadVerdict:
    upload = read_uploaded_run(content, board)
    differences = upload.differences()
    entry = prepare_entry(
        board, upload.run, added=today, note=note.strip() or None, open_weights=open_weights
    )
    scored = next(name for name in entry.files if name.endswith("/scores.json"))
    scores = parse_record(Scores, entry.files[scored], where="scores.json")
    notes = [display_text(str(text)) for text in (*entry.overlaps, *entry.remarks)]
    if upload.claimed is None:
        notes.append("The zip holds no scores.json of its own; there is nothing to compare with.")
    return UploadVerdict(
        refused=None,
        id=entry.id,
        numbers=_numbers(scores),
        differences=tuple(differences),
        notes=tuple(notes),
        package=None if differences else as_zip(entry.files),
    )


def _numbers(scores: Scores) -> tuple[tuple[str, str], ...]:
    columns = [(figure_column(name), row) for name, row in flat_scores(scores).items()]
    return tuple(
        (column.label, figure_text(row, share=column.kind == "share")) for column, row in columns
    )


def difference_cells(differences: Sequence[Finding]) -> dict[str, list[str]]:
    """Differences as the cells of a table."""
    return {
        "Number": [display_text(row.what) for row in differences],
        "In its scores.json": [display_text(row.stated) for row in differences],
        "From its log": [display_text(row.found) for row in differences],
    }


def render(site: Site) -> None:
    """The page."""
    st.title(TITLE)
    st.markdown(_STEPS)
    note = st.text_area(
        "What readers should know of this entry (optional)", key="note", max_chars=MAX_NOTE
    )
    weights = st.selectbox("Are the weights of the video model available?", list(_WEIGHTS))
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
        show_table(
            difference_cells(verdict.differences),
            alt="Numbers in which the run's own scores differ from its log",
        )
    else:
        st.success(f"All holds. On the board it would be {as_markdown(verdict.id)}.")
    for text in verdict.notes:
        st.warning(as_markdown(text))
    show_table(
        {
            "Number": [label for label, _ in verdict.numbers],
            "From the log [95 %]": [value for _, value in verdict.numbers],
        },
        alt="The numbers of the uploaded run, computed from its log",
    )
    if verdict.package is not None:
        offer_download(
            "Download the entry", verdict.package, "entry.zip", "application/zip", type="primary"
        )
        st.caption(
            "Its badge is `responses`: the arithmetic is proved, the answers are not. Only "
            "maintainers who judge the real videos again give a better one."
        )
