"""Trying a run against the board. Nothing that is uploaded here is kept or shown to others."""

from __future__ import annotations

import hashlib
import re
import shlex
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from leaderboard.entries import (
    Board,
    Entry,
    Finding,
    NewEntry,
    as_zip,
    make_row,
    names,
    prepare_entry,
    read_uploaded_run,
)
from leaderboard.entries.display_text import as_markdown, display_text
from leaderboard.entries.entry_info import EntryInfo, SampleResults
from leaderboard.entries.run_zip import DEFAULT_UPLOAD_LIMITS
from leaderboard.entries.upload import HERE, Upload
from leaderboard.site.entry_details import EntryCard, entry_card, entry_markup
from leaderboard.site.state import Site
from leaderboard.site.widgets import offer_download, show_table
from omiti2v.edition_versions import old_version_note
from omiti2v.errors import UserError
from omiti2v.records import RecordT, parse_record
from omiti2v.runs import RunInfo
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
2. `zip -r run.zip RUN`. Only its logs are read; pictures, reports and videos in the zip are passed
   over. Where it is too large, add `-i '*.json' '*.jsonl'`.
3. Drop it here. The numbers are computed from its log before your eyes.
4. Where all holds, the page says how to hand it in. It is verified again there.
"""

_REMEDY = "zip the run folder as `omiti2v score` wrote it, or score the videos again"
"""Against what no message has a better word for."""

_ESCAPED_COMMAND = re.compile(r"\\`((?:[A-Za-z0-9 /']|\\[-.*_])+)\\`")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,200}")
"""What may stand in a command as it is."""


@dataclass(frozen=True)
class UploadVerdict:
    """What a board says of an uploaded run.

    Attributes:
        refused: Why it is not taken and what to do, one line; None where it is.
        id: Of the entry that it would be.
        card: What the entry would look like, its numbers computed from the log.
        differences: Where the run's own scores are not what its log gives.
        cause: What explains them, one line; empty where there are none.
        notes: What its author should know.
        folder: The run folder, as the zip calls it.
        package: The entry as a zip for a pull request; None where it is refused or not finished, or
            its own scores are not what its log gives.
    """

    refused: str | None
    id: str = ""
    card: EntryCard | None = None
    differences: tuple[Finding, ...] = ()
    cause: str = ""
    notes: tuple[str, ...] = ()
    folder: str = "RUN"
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
        told = display_text(str(error))
        return UploadVerdict(told if "; " in told else f"{told}; {_REMEDY}")
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
    preview = _preview(entry)
    row = make_row(preview)
    card = entry_card(preview, row)
    if row.unranked is None:  # its rank comes from tests against the others, once it is there
        card = replace(card, facts=tuple(fact for fact in card.facts if fact[0] != "Rank"))
    takes_part = not differences and upload.claimed is not None
    return UploadVerdict(
        refused=None,
        id=entry.id,
        card=card,
        differences=tuple(differences),
        cause=display_text(upload.cause(differences)) if differences else "",
        notes=tuple(map(display_text, _notes(upload, entry, row.unranked))),
        folder=upload.zipped.place if _PLAIN_PATH.fullmatch(upload.zipped.place) else "RUN",
        package=as_zip(entry.files) if takes_part else None,
    )


def _preview(new: NewEntry) -> Entry:
    """The entry as the board would read it."""
    folder, slug = names.split_entry_id(new.id)

    def read(model: type[RecordT], name: str) -> RecordT:
        return parse_record(model, new.files[names.entry_path(folder, slug, name)], where=name)

    return Entry(
        folder,
        slug,
        read(EntryInfo, names.ENTRY),
        read(RunInfo, names.RUN),
        read(Scores, names.SCORES),
        read(SampleResults, names.MARKS),
    )


def _notes(upload: Upload, entry: NewEntry, unranked: str | None) -> Iterator[str]:
    """What the author of an upload should know before handing it in."""
    if unranked:
        yield (
            f"It would be shown without a rank: {unranked}. For a rank, run `omiti2v score` again "
            "with what is missing."
        )
    if upload.claimed is None:
        yield (
            "It has no scores.json, as a run that is not finished: run `omiti2v score` again with "
            "the same options, and zip it again to hand it in."
        )
    if version := upload.other_version:
        yield f"It was scored by omiti2v {version}; the numbers here are computed by {HERE}."
    if old := old_version_note(upload.run.info.edition.fingerprint):
        yield f"It is {old}."
    for overlap in entry.overlaps:
        yield f"{overlap}; say in the note why, since a maintainer will ask."
    yield from map(str, entry.remarks)


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
    verdict = st.session_state["verdict"]
    _show_verdict(verdict)
    if verdict.package is not None:
        board = "BOARD" if site.settings.board else "leaderboard/data"
        _show_next_step(verdict, hand_in_commands(verdict, board, note, _WEIGHTS[weights]))


def _show_verdict(verdict: UploadVerdict) -> None:
    if verdict.refused is not None:
        st.error(f"Refused: {_with_commands(verdict.refused)}")
        return
    if verdict.differences:
        st.error(
            f"Its own scores are not what its log gives: {as_markdown(verdict.cause)}. Where the "
            "log is right, `omiti2v rescore RUN --write` mends that; then zip the run again."
        )
        show_table(
            difference_cells(verdict.differences),
            alt="Numbers in which the run's own scores differ from its log",
        )
    else:
        holds = "Its numbers hold; see the notes below." if verdict.notes else "All holds."
        st.success(f"{holds} On the board it would be {as_markdown(verdict.id)}.")
    for text in verdict.notes:
        st.warning(_with_commands(text))
    if card := verdict.card:
        st.subheader("What the entry would look like")
        st.markdown(f"#### {as_markdown(card.title)}")
        st.html(entry_markup(card))
        show_table(
            card.figures,
            height=min(420, 38 + 35 * len(card.figures)),
            alt="The numbers of the uploaded run, computed from its log",
        )


def _with_commands(text: str) -> str:
    """Text letter by letter, as Markdown, but for the commands in it: these as code."""
    return _ESCAPED_COMMAND.sub(
        lambda found: f"`{found[1].replace(chr(92), '')}`", as_markdown(text)
    )


def hand_in_commands(
    verdict: UploadVerdict, board: str, note: str, open_weights: bool | None
) -> str:
    """What puts the entry on a board and into a pull request, a command a line.

    Args:
        verdict: Of a run that holds.
        board: The board's folder in its checkout.
        note, open_weights: As for `judge_upload`.
    """
    add = ["omiti2v", "leaderboard", "add", verdict.folder, "--board", board]
    if open_weights is not None:
        add.append("--open-weights" if open_weights else "--closed-weights")
    if note.strip():
        add += ["--note", " ".join(note.split())]
    folder = f"{board}/{names.ENTRIES}/{verdict.id}"
    return "\n".join(
        (
            shlex.join(add),
            f"omiti2v leaderboard verify {verdict.id} --board {board} --submitted",
            f"git switch -c {verdict.id}",
            f"git add {folder}",
            f"git commit -m 'Add {verdict.id}'",
            f"git push -u origin {verdict.id}",
        )
    )


def _show_next_step(verdict: UploadVerdict, commands: str) -> None:
    st.subheader("Next step: a pull request")
    st.markdown(
        "In a checkout of the board's repository"
        + (", where `BOARD` is the board's folder:" if "BOARD" in commands.split() else ":")
    )
    st.code(commands, language="bash", wrap_lines=True)
    st.markdown(
        "Then open a pull request with this folder alone. In place of the first command you may "
        "unpack this file over the board's folder:"
    )
    offer_download(
        "Download the entry", verdict.package or b"", "entry.zip", "application/zip", type="primary"
    )
