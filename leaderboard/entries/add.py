"""Putting entries on a board in a local folder, and taking them off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from leaderboard.entries import names
from leaderboard.entries.board import Board, load_board
from leaderboard.entries.claims import Claims
from leaderboard.entries.duplicates import Overlap, VideoIndex, video_digests
from leaderboard.entries.entry import BrokenEntry, Entry
from leaderboard.entries.entry_files import Files, edition_files, entry_files
from leaderboard.entries.entry_info import EntryInfo
from leaderboard.entries.judge_names import with_shown_names
from leaderboard.entries.name_rules import normal_name
from leaderboard.entries.plausibility import impossible_rows, refuse_impossible_run
from leaderboard.entries.storage import FolderStorage
from omiti2v.calibration import read_calibration
from omiti2v.edition_versions import edition_label
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.estimation.anchored_scores import Anchors, read_anchors
from omiti2v.estimation.people_answers import people_answers
from omiti2v.estimation.prediction_powered import FEWEST
from omiti2v.records import read_record, write_bytes_atomically
from omiti2v.reviews.confirmed import REVIEWS
from omiti2v.runs import Run, read_run
from omiti2v.scores import Scores, same_scores
from omiti2v.temporary_folder import temporary_folder


@dataclass(frozen=True)
class NewEntry:
    """An entry that a board would take.

    Attributes:
        id: As `open/wan2-1-alignvid-v2`.
        files: By path on the board.
        overlaps: Entries under other names that share some of its videos.
        remarks: What else a maintainer has to look at, as a new version without a contact.
    """

    id: str
    files: Files
    overlaps: Sequence[Overlap]
    remarks: Sequence[str] = ()


def prepare_entry(
    board: Board,
    run: Run,
    *,
    added: date,
    note: str | None = None,
    open_weights: bool | None = None,
    new_edition: bool = False,
    anchors: Anchors | None = None,
) -> NewEntry:
    """Check a run in every way there is, and make an entry of it.

    Nothing is written. The badge is `responses`; a better one is not for the author to give.

    Args:
        board: Where it is to go.
        run: What is entered.
        added: The day.
        note: What readers should know.
        open_weights: Whether the video model's weights are available.
        new_edition: Take an edition along that the board does not have.
        anchors: What people have said of the run; None for nothing.

    Raises:
        UserError: The run can't be an entry; the message says why.
    """
    run = _with_normal_names(run)
    name = run.info.submission.name
    edition = run.info.edition
    if not names.is_edition_name(edition.name):
        raise UserError(f"edition {edition.name!r}: expected a name of small letters and hyphens")
    file = names.edition_path(edition.fingerprint)
    if file not in board.storage.names and not new_edition:
        raise UserError(
            f"{name}: of edition {edition_label(edition.name, edition.fingerprint)}, which this "
            "board does not have; only a maintainer adds an edition, with --new-edition"
        )
    if not run.videos:
        raise UserError(f"{name}: the run has no video; nothing to show")
    refuse_impossible_run(run.info)
    for sentence in impossible_rows(run):
        raise UserError(f"{name}: {sentence}")
    others = [entry for entry in board.all if entry.folder == edition.name]
    taken = {entry.slug for entry in others}
    version = 1
    while names.slug_of(name, version=version) in taken:
        version += 1
    info = EntryInfo(
        badge="responses", added=added, version=version, open_weights=open_weights, note=note
    )
    files = entry_files(run, info, anchors=anchors)
    if file not in board.storage.names:
        files = {**edition_files(run.edition), **files}
    slug = names.slug_of(name, version=version)
    for other in others:
        _refuse_same(board, other, files, slug)
    like = Entry(edition.name, slug, info, run.info, None, None)
    entries = with_shown_names([*board.entries, like])
    taken = {entry.id for entry in board.all}
    claims = list(Claims(entries, taken=taken, new={like.id}).findings(entries[-1]))
    for claim in claims:
        if claim.what != "submission.contact" and claim.level == "wrong":
            raise UserError(f"{name}: {claim.what}: {claim.found}")
    board.digests[like.id] = video_digests(run.videos)
    overlaps = VideoIndex(board, entries, new={like.id}).overlaps(entries[-1])
    del board.digests[like.id]
    for overlap in overlaps:
        if overlap.same:
            raise UserError(f"{name}: {overlap}, by the same judge: one submission under two names")
    remarks = tuple(f"{claim.what}: {claim.found}" for claim in claims)
    return NewEntry(like.id, files, overlaps, remarks)


def _with_normal_names(run: Run) -> Run:
    """A run whose names are in the form that boards keep."""
    submission = run.info.submission
    normal = {
        field: normal_name(text)
        for field in ("name", "method", "backbone")
        if (text := getattr(submission, field)) and text != normal_name(text)
    }
    if not normal:
        return run
    info = run.info.model_copy(update={"submission": submission.model_copy(update=normal)})
    return replace(run, info=info)


def _refuse_same(board: Board, other: Entry | BrokenEntry, files: Files, slug: str) -> None:
    """A run that is on the board already is no new version."""
    place = names.entry_path(other.folder, other.slug)
    if all(
        f"{place}/{name}" in board.storage.names
        and board.storage.path(f"{place}/{name}").read_bytes()
        == files[names.entry_path(other.folder, slug, name)]
        for name in (names.RUN, *names.LOGS)
    ):
        raise UserError(
            f"{other.id}: this very run is on the board already; where people's answers or a "
            f"calibration came since, first `omiti2v leaderboard remove {other.id}`"
        )


def add_run(
    run_folder: Path,
    board_folder: Path,
    *,
    added: date,
    note: str | None = None,
    open_weights: bool | None = None,
    new_edition: bool = False,
) -> NewEntry:
    """Put a finished run on a board, as a new version where its name is there already.

    Args:
        run_folder: As `omiti2v score` leaves it.
        board_folder: The board; made where absent.
        added, note, open_weights, new_edition: As for `prepare_entry`.

    Raises:
        UserError: The run is broken, unfinished, its scores are not what its log gives, or
            `prepare_entry` refuses it. Nothing is then written.
    """
    run = read_run(run_folder)
    if not run.paths.scores.is_file():
        raise UserError(f"{run.paths.scores}: not there; the run is not finished")
    claimed = read_record(run.paths.scores, Scores)
    if not same_scores(claimed, claimed_scores(run)):
        raise UserError(
            f"{run.paths.scores}: differs from what the log gives; see `omiti2v rescore`"
        )
    try:
        board_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWriteError(board_folder, error) from None
    entry = prepare_entry(
        load_board(FolderStorage(board_folder)),
        run,
        added=added,
        note=note,
        open_weights=open_weights,
        new_edition=new_edition,
        anchors=_anchors_of(run),
    )
    write_files(board_folder, {**entry.files, **_calibration_of(run)})
    return entry


def _anchors_of(run: Run) -> Anchors | None:
    """People's answers about the run, where they are enough to anchor a score."""
    anchors = read_anchors(run.paths.folder / REVIEWS)
    if run.info.judge is None or run.judge_unavailable:
        return None
    answered = people_answers(run, anchors.people).samples
    return anchors if len(answered) >= FEWEST else None


def _calibration_of(run: Run) -> Files:
    """The run's calibration, in the place where a board keeps its judge's."""
    judge = run.info.judge
    if judge is None or not os.path.lexists(run.paths.calibration):
        return {}
    found = read_calibration(run.paths.calibration, fingerprint=judge.fingerprint)
    content = found.model_dump_json(indent=2) + "\n"
    return {names.calibration_path(judge.fingerprint): content.encode()}


def claimed_scores(run: Run) -> Scores:
    """What a run's own `scores.json` should say: scored with its own settings."""
    return run.compute_scores(
        missing=run.info.missing, resamples=run.info.resamples, seed=run.info.seed
    )


def write_files(board_folder: Path, files: Files) -> None:
    """Write files onto a board; an entry's folder appears with all its files or not at all.

    An entry that is there already is replaced as a whole.

    Raises:
        UserError: A file can't be written.
    """
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in files.items():
        if name.startswith(f"{names.ENTRIES}/"):
            folder, _, file = name.rpartition("/")
            folders.setdefault(folder, {})[file] = content
        else:
            write_bytes_atomically(board_folder / name, content)
    for folder, contents in folders.items():
        target = board_folder / folder
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary_folder(prefix=".new-", inside=target.parent) as draft:
                old, new = draft / "old", draft / "entry"
                for file, content in contents.items():
                    write_bytes_atomically(new / file, content)
                if target.is_dir():
                    target.rename(old)
                try:
                    new.rename(target)
                except OSError:
                    if old.is_dir():
                        old.rename(target)
                    raise
        except OSError as error:
            raise CannotWriteError(target, error) from None


def remove_entry(board_folder: Path, entry_id: str) -> None:
    """Take an entry off a board, a broken one too.

    Args:
        board_folder: The board.
        entry_id: As `open/still-floor`.

    Raises:
        UserError: There is no such entry, or it can't be removed.
    """
    folder, slug = names.split_entry_id(entry_id)
    target = board_folder / names.entry_path(folder, slug)
    if target.is_symlink() or not target.is_dir():
        raise UserError(f"{target}: no such entry")
    if not target.resolve().is_relative_to(board_folder.resolve()):
        raise UserError(f"{target}: lies outside the board")
    try:
        shutil.rmtree(target)
    except OSError as error:
        raise UserError(
            f"{target}: can't be removed: {error.strerror}; mend that and run the same again"
        ) from None
