"""A zipped run folder from anybody, read without trusting a byte of it.

Its files go into a folder of its own that is gone when this returns. Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata

from pydantic import BaseModel, ValidationError

from leaderboard.entries.add import claimed_scores
from leaderboard.entries.board import Board
from leaderboard.entries.finding import Finding
from leaderboard.entries.names import edition_path
from leaderboard.entries.plausibility import refuse_impossible_run
from leaderboard.entries.run_zip import (
    DEFAULT_UPLOAD_LIMITS,
    LOGS,
    UploadLimits,
    ZippedRun,
    unpack_run,
)
from leaderboard.entries.verify import differences
from omiti2v.edition_versions import edition_label
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.records import MAX_DOCUMENT_BYTES, brief, read_record
from omiti2v.runs import Run, RunInfo, RunPaths, read_run
from omiti2v.scores import Scores, same_scores
from omiti2v.temporary_folder import temporary_folder

HERE = metadata.version("omiti2v")
FORMAT = 1
"""The newest form of a `run.json` that is read here."""

_MAX_NAMED = 3


@dataclass(frozen=True)
class Upload:
    """What came out of an upload.

    Attributes:
        run: Held against its own edition as any run folder is. Its `paths` name files that are
            gone; everything else is in memory.
        claimed: Its own `scores.json`; None where it has none.
        zipped: Where in the zip it lay, and when its files were changed.
    """

    run: Run
    claimed: Scores | None
    zipped: ZippedRun

    def differences(self) -> list[Finding]:
        """In which numbers the claimed scores are not what the log gives.

        Raises:
            UserError: The log does not fit its edition.
        """
        if self.claimed is None:
            return []
        found = claimed_scores(self.run)
        if same_scores(self.claimed, found):
            return []
        return list(differences(self.run.info.submission.name, self.claimed, found))

    @property
    def other_version(self) -> str | None:
        """The version of omiti2v that scored it, where that is another than the one here."""
        made = self.run.info.versions.get("omiti2v")
        return None if made in (None, HERE) else made

    def cause(self, found: Sequence[Finding]) -> str:
        """What explains differences best: a clause, as far as the zip can tell.

        Args:
            found: What `differences` gives; not empty.
        """
        info, claimed = self.run.info, self.claimed
        for field in ("missing", "resamples", "seed"):
            ours, theirs = getattr(info, field), getattr(claimed, field, None)
            if theirs not in (None, ours):
                return f"run.json says {field} {ours}, scores.json {field} {theirs}"
        written = self.zipped.changed.get("scores.json", ())
        later = [name for name in LOGS if self.zipped.changed.get(name, ()) > written]
        if later:
            return f"{' and '.join(later)} changed after scores.json was written"
        if made := self.other_version:
            return f"scored by omiti2v {brief(made)}, computed here by {HERE}"
        logs = sorted({_log_of(row.what) for row in found})
        return f"scores.json was changed after it was written, or {' or '.join(logs)} was"


def _log_of(number: str) -> str:
    """The log that a number comes from."""
    if number.startswith("metric:"):
        return "measurements.jsonl"
    return "videos.jsonl" if number.startswith("coverage:videos") else "responses.jsonl"


def read_uploaded_run(
    content: bytes, board: Board, *, limits: UploadLimits = DEFAULT_UPLOAD_LIMITS
) -> Upload:
    """Read a zipped run folder.

    Args:
        content: The zip's bytes.
        board: Where it is to go: only runs on its editions are read, so that nobody can make the
            server score samples of their own.
        limits: On everything.

    Raises:
        UserError: The zip or the run is refused; the message is one line that says why.
    """
    with temporary_folder(prefix="omiti2v-upload-") as folder:
        paths = RunPaths(folder)
        try:
            zipped = unpack_run(content, folder, limits)
            newer = _newer_version(paths)
            try:
                return _read(paths, board, zipped, limits)
            except UserError as error:
                raise UserError(f"{error}; {newer}" if newer else str(error)) from None
        except UserError as error:
            told = str(error).replace(f"{folder}/", "").replace(str(folder), "RUN")
            raise UserError(told) from None


def _read(paths: RunPaths, board: Board, zipped: ZippedRun, limits: UploadLimits) -> Upload:
    # run.json first, alone: it says whether the rest is worth reading.
    info = read_record(paths.info, RunInfo)
    refuse_impossible_run(info)
    if edition_path(info.edition.fingerprint) not in board.storage.names:
        raise UserError(
            "run.json: edition: "
            f"{edition_label(brief(info.edition.name), info.edition.fingerprint)} is not one of "
            f"this board, which has {_editions(board)}; score the videos of one of these, or put "
            "the run on a board of your own: `omiti2v leaderboard add RUN --board FOLDER "
            "--new-edition`"
        )
    if info.resamples > limits.max_resamples:
        raise UserError(
            f"run.json: resamples: expected at most {limits.max_resamples}, got {info.resamples}; "
            "run `omiti2v score` again with fewer"
        )
    for path in (paths.samples, paths.videos):
        if not path.is_file():
            raise UserError(f"{path}: not in the zip; zip all that `omiti2v score` wrote")
    run = read_run(paths.folder)
    claimed = read_record(paths.scores, Scores) if paths.scores.is_file() else None
    return Upload(run, claimed, zipped)


def _editions(board: Board) -> str:
    known = {
        edition_label(key.edition, key.edition_fingerprint): None
        for key in board.tables
        if key.edition_fingerprint
    }
    more = ["..."] if len(known) > _MAX_NAMED else []
    return ", ".join([*list(known)[:_MAX_NAMED], *more]) or "none"


class _Made(BaseModel):
    """What a `run.json` of any form may say of who wrote it."""

    format: int = FORMAT
    versions: dict[str, str] = {}


def _newer_version(paths: RunPaths) -> str | None:
    """That a newer omiti2v wrote a run, which would explain why it can't be read; else None.

    Raises:
        UserError: Its form is a newer one.
    """
    try:
        made = _Made.model_validate_json(read_file(paths.info, limit=MAX_DOCUMENT_BYTES))
    except (UserError, ValidationError):
        return None  # reading it in earnest says what is wrong
    version = made.versions.get("omiti2v", "")
    remedy = f"score the videos with {HERE}, or ask the maintainers of the board to update"
    if made.format > FORMAT:
        raise UserError(
            f"run.json: format {made.format}: made by a newer omiti2v than {HERE}, which is here "
            f"and reads up to {FORMAT}; {remedy}"
        )
    if _release(version) > _release(HERE):
        return f"made by a newer omiti2v ({brief(version)}) than {HERE}, which is here: {remedy}"
    return None


def _release(version: str) -> list[int]:
    """The largest of some versions, as of a run that was resumed under another, as numbers."""
    rows = re.findall(r"\d{1,9}(?:\.\d{1,9}){1,3}", version[:200])
    return max(([int(part) for part in row.split(".")] for row in rows), default=[])
