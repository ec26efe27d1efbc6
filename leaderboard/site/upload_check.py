"""What comes of an uploaded run: its numbers as the board computes them, or why it is refused."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from leaderboard.entries import Board, Finding, as_zip, prepare_entry, read_uploaded_run
from leaderboard.entries.plausibility import flat_scores
from leaderboard.entries.safe_text import display_text
from leaderboard.site.board_table import figure_text
from leaderboard.site.columns import figure_column
from omiti2v.errors import UserError
from omiti2v.records import parse_record
from omiti2v.scores import Scores

WAIT_SECONDS = 60.0

# Unpacking and scoring take memory and a processor: one upload at a time, the others wait.
_ONE_AT_A_TIME = threading.Lock()


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
        open_weights: Whether the video model's weights can be had.
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
    notes = [display_text(str(overlap)) for overlap in entry.overlaps]
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
