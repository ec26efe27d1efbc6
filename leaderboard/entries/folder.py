"""One entry's folder: its summary for tables, and its log as a run folder again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from leaderboard.entries import names
from leaderboard.entries.packed import unpack
from leaderboard.entries.plausible import (
    flat_scores,
    refuse_impossible_run,
    refuse_impossible_scores,
)
from leaderboard.entries.records import Badge, EntryInfo, Marks
from leaderboard.entries.storage import Storage
from omiti2v.editions import Edition, read_pinned_edition
from omiti2v.errors import UserError
from omiti2v.records import read_record, write_atomically, write_bytes_atomically
from omiti2v.runs import EditionStamp, JudgeStamp, Run, RunInfo, RunPaths, read_run
from omiti2v.scores import Estimate, Scores
from omiti2v.submissions import SubmissionInfo

_SUMMARY = (names.ENTRY, names.SCORES, names.MARKS)
FILES: Mapping[Badge, frozenset[str]] = {
    "reported": frozenset({names.ENTRY}),
    "exact": frozenset(_SUMMARY),
    "responses": frozenset({*_SUMMARY, names.RUN, *names.LOGS}),
    "videos": frozenset({*_SUMMARY, names.RUN, *names.LOGS}),
}
"""The files of an entry; there is no place for others."""


@dataclass(frozen=True)
class Entry:
    """An entry's summary: all that tables need, without its log.

    Attributes:
        folder: Name of the edition's folder.
        slug: Name of its own.
        info: Its `entry.json`.
        run: Its `run.json`; None for reported and exact entries.
        scores: Its numbers; None for a reported entry.
        marks: What became of each sample; None as above.
    """

    folder: str
    slug: str
    info: EntryInfo
    run: RunInfo | None
    scores: Scores | None
    marks: Marks | None

    @property
    def id(self) -> str:
        """As `open/still-floor`."""
        return f"{self.folder}/{self.slug}"

    @cached_property
    def figures(self) -> Mapping[str, Estimate]:
        """The numbers of its scores by name; see `flat_scores`."""
        return flat_scores(self.scores) if self.scores else {}

    @property
    def submission(self) -> SubmissionInfo:
        """Who it is."""
        found = self.run.submission if self.run else self.info.submission
        if found is None:
            raise ValueError(f"{self.id}: neither a run nor a submission")
        return found

    @property
    def edition(self) -> EditionStamp | None:
        """The edition; None for a reported entry, whose samples are not known exactly."""
        return self.run.edition if self.run else self.info.edition

    @property
    def judge(self) -> JudgeStamp | None:
        """Who answered; None where nobody did, or only a name is known."""
        return self.run.judge if self.run else None


@dataclass(frozen=True)
class BrokenEntry:
    """An entry that can't be shown, with the reason in one line."""

    folder: str
    slug: str
    reason: str

    @property
    def id(self) -> str:
        """As for an entry."""
        return f"{self.folder}/{self.slug}"


def read_entry(storage: Storage, folder: str, slug: str, files: frozenset[str]) -> Entry:
    """Read an entry's summary.

    Args:
        storage: The board.
        folder, slug: Which entry.
        files: The names of the files in its folder.

    Raises:
        UserError: A file is missing, foreign or broken, or the files contradict each other.
    """
    where = f"{folder}/{slug}"
    if not names.is_edition_name(folder) or not names.is_slug(slug):
        raise UserError(f"{where}: expected entries/EDITION/NAME in small letters and hyphens")
    if names.ENTRY not in files:
        raise UserError(f"{where}: has no {names.ENTRY}")

    def path(name: str) -> Path:
        return storage.path(names.entry_path(folder, slug, name))

    info = read_record(path(names.ENTRY), EntryInfo)
    expected = FILES[info.badge]
    if files != expected:
        odd = sorted(files ^ expected)[0]
        problem = "is missing" if odd in expected else f"has no place in a {info.badge} entry"
        raise UserError(f"{where}: {odd} {problem}")
    if info.badge == "reported":
        entry = Entry(folder, slug, info, None, None, None)
    else:
        entry = Entry(
            folder,
            slug,
            info,
            read_record(path(names.RUN), RunInfo) if names.RUN in expected else None,
            read_record(path(names.SCORES), Scores),
            read_record(path(names.MARKS), Marks),
        )
    _refuse_contradictions(storage, entry)
    return entry


def _refuse_contradictions(storage: Storage, entry: Entry) -> None:
    slug = names.slug_of(entry.submission.name, version=entry.info.version)
    if entry.slug != slug:
        raise UserError(f"{entry.id}: expected the folder {slug} for its name and version")
    reported = entry.info.reported
    if reported:
        if reported.edition != entry.folder:
            raise UserError(f"{entry.id}: is of edition {reported.edition}")
        return
    edition, scores, marks = entry.edition, entry.scores, entry.marks
    if edition is None or scores is None or marks is None:
        raise UserError(f"{entry.id}: has no scores")
    if edition.name != entry.folder:
        raise UserError(f"{entry.id}: is of edition {edition.name}")
    if names.edition_path(edition.fingerprint) not in storage.names:
        raise UserError(
            f"{entry.id}: edition {edition.fingerprint[:12]} is not one of this board; its samples "
            f"belong into {names.edition_path(edition.fingerprint)}"
        )
    if entry.run:
        refuse_impossible_run(entry.run)
    if scores.samples != edition.samples:
        raise UserError(
            f"{entry.id}: {names.SCORES}: over {scores.samples} samples, the edition has "
            f"{edition.samples}"
        )
    refuse_impossible_scores(
        scores,
        entry.figures,
        marks,
        metrics=entry.run.metrics if entry.run else {},
        where=entry.id,
    )


def read_board_edition(storage: Storage, *, name: str, fingerprint: str) -> Edition:
    """An edition as a board keeps it: without images.

    Raises:
        UserError: The board has no such edition, or the file is not what its name says.
    """
    file = names.edition_path(fingerprint)
    text = unpack(storage.path(file), where=file)
    with tempfile.TemporaryDirectory(prefix="omiti2v-") as folder:
        path = Path(folder) / "samples.jsonl"
        write_bytes_atomically(path, text)
        try:
            edition = read_pinned_edition(path, name=name)
        except UserError as error:
            raise UserError(str(error).replace(str(path), file)) from None
    if edition.fingerprint != fingerprint:
        raise UserError(
            f"{file}: its samples have the fingerprint {edition.fingerprint[:12]}, not the one of "
            "its name"
        )
    return edition


def unpack_entry(storage: Storage, entry: Entry, folder: Path) -> None:
    """Lay an entry out as a run folder, for every command that takes one.

    Args:
        storage: The board.
        entry: With a log.
        folder: Made where absent.

    Raises:
        UserError: The entry has no log, or a file is broken or can't be written.
    """
    if entry.run is None:
        raise UserError(f"{entry.id}: a {entry.info.badge} entry has no log")
    paths = RunPaths(folder)
    write_atomically(paths.info, entry.run.model_dump_json(indent=2) + "\n")
    samples = names.edition_path(entry.run.edition.fingerprint)
    write_bytes_atomically(paths.samples, unpack(storage.path(samples), where=samples))
    for name, path in (
        (names.VIDEOS, paths.videos),
        (names.RESPONSES, paths.responses),
        (names.MEASUREMENTS, paths.measurements),
    ):
        file = names.entry_path(entry.folder, entry.slug, name)
        write_bytes_atomically(path, unpack(storage.path(file), where=f"{entry.id}/{name}"))
    # With the scores in place, a log that is cut off is refused instead of repaired.
    if entry.scores:
        write_atomically(paths.scores, entry.scores.model_dump_json(indent=2) + "\n")


def read_entry_run(storage: Storage, entry: Entry) -> Run:
    """An entry's log, held against its edition as any run folder is.

    Its `paths` name files that are gone by then; everything else is in memory.

    Raises:
        UserError: The entry has no log, or `read_run` refuses it.
    """
    with tempfile.TemporaryDirectory(prefix="omiti2v-") as folder:
        unpack_entry(storage, entry, Path(folder))
        try:
            return read_run(Path(folder))
        except UserError as error:
            raise UserError(str(error).replace(folder, entry.id)) from None
