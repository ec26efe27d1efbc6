"""One entry's folder: its summary for tables, and its log as a run folder again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from leaderboard.entries import names
from leaderboard.entries.compression import read_gzip
from leaderboard.entries.entry_info import Badge, EntryInfo, SampleResults
from leaderboard.entries.entry_people import EntryPeople
from leaderboard.entries.entry_scores import score_floor, score_run
from leaderboard.entries.plausibility import (
    flat_scores,
    refuse_impossible_rejudging,
    refuse_impossible_run,
    refuse_impossible_scores,
)
from leaderboard.entries.storage import Storage
from omiti2v.edition_versions import edition_label
from omiti2v.editions import Edition, PinnedSample, pinned_edition
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.records import RecordT, parse_record, read_record
from omiti2v.responses import Measurement, Response
from omiti2v.runs import EditionStamp, JudgeStamp, Run, RunInfo, RunPaths, checked_run
from omiti2v.scores import Estimate, Scores
from omiti2v.submissions import SubmissionInfo

_SUMMARY = (names.ENTRY, names.SCORES, names.MARKS)
FILES: Mapping[Badge, frozenset[str]] = {
    "reported": frozenset({names.ENTRY}),
    "exact": frozenset(_SUMMARY),
    "responses": frozenset({*_SUMMARY, names.RUN, *names.LOGS}),
    "videos": frozenset({*_SUMMARY, names.RUN, *names.LOGS}),
}
"""The files of an entry; there is no place for others, but for people's answers beside a log, and
for those that the badge `videos` rests on."""
_PEOPLE = frozenset({names.PEOPLE, names.PEOPLE_ANSWERS})


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
        computed: Its numbers computed again, where `scores` has the intervals of before.
        people: Its numbers anchored in people's answers; None where it has none.
        claimed_judge: What its `run.json` calls the judge, where that is not what `run` calls it;
            see `leaderboard.entries.judge_names`.
        recomputable: Whether the answers that the badge `videos` rests on are kept with it.
    """

    folder: str
    slug: str
    info: EntryInfo
    run: RunInfo | None
    scores: Scores | None
    marks: SampleResults | None
    computed: Scores | None = None
    people: EntryPeople | None = None
    claimed_judge: str | None = None
    recomputable: bool = False

    @property
    def id(self) -> str:
        """As `open/still-floor`."""
        return f"{self.folder}/{self.slug}"

    @property
    def seniority(self) -> tuple[date, int, str]:
        """Sorts entries by when they came onto the board."""
        return self.info.added, self.info.version, self.id

    @cached_property
    def figures(self) -> Mapping[str, Estimate]:
        """The numbers of its scores by name; see `flat_scores`."""
        shown = self.computed or self.scores
        return flat_scores(shown) if shown else {}

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
    if names.RUN in expected and files & _PEOPLE:
        expected |= _PEOPLE
    recomputable = info.badge == "videos" and names.REJUDGED in files
    if recomputable:
        expected |= {names.REJUDGED}
    if files != expected:
        odd = sorted(files ^ expected)[0]
        problem = "is missing" if odd in expected else f"has no place in a {info.badge} entry"
        raise UserError(f"{where}: {odd} {problem}")
    run = read_record(path(names.RUN), RunInfo) if names.RUN in expected else None
    scores = read_record(path(names.SCORES), Scores) if names.SCORES in expected else None
    marks = read_record(path(names.MARKS), SampleResults) if names.MARKS in expected else None
    people = read_record(path(names.PEOPLE), EntryPeople) if names.PEOPLE in expected else None
    entry = Entry(folder, slug, info, run, scores, marks, people=people, recomputable=recomputable)
    _refuse_contradictions(storage, entry)
    if scores is None or scores.intervals == "effective":
        return entry
    return replace(entry, computed=_scores_of_today(storage, entry))


def _scores_of_today(storage: Storage, entry: Entry) -> Scores:
    """The numbers of an entry whose `scores.json` has intervals that don't hold at the edges."""
    if entry.run:
        return score_run(read_entry_run(storage, entry))[0]
    if entry.edition is None:
        raise UserError(f"{entry.id}: has no edition")
    stamp = entry.edition
    edition = read_board_edition(storage, name=stamp.name, fingerprint=stamp.fingerprint)
    return score_floor(edition)[0]


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
            f"{entry.id}: edition {edition_label(edition.name, edition.fingerprint)} is not one of "
            f"this board; its samples belong into {names.edition_path(edition.fingerprint)}"
        )
    if entry.run:
        refuse_impossible_run(entry.run)
    if entry.people and entry.people.scores.samples != edition.samples:
        raise UserError(
            f"{entry.id}: {names.PEOPLE}: over {entry.people.scores.samples} samples, the edition "
            f"has {edition.samples}"
        )
    if scores.samples != edition.samples:
        raise UserError(
            f"{entry.id}: {names.SCORES}: over {scores.samples} samples, the edition has "
            f"{edition.samples}"
        )
    if rejudged := entry.info.rejudged:
        refuse_impossible_rejudging(rejudged, edition.samples, marks, where=entry.id)
    metrics = entry.run.metrics if entry.run else {}
    refuse_impossible_scores(scores, entry.figures, marks, metrics=metrics, where=entry.id)


def read_board_edition(storage: Storage, *, name: str, fingerprint: str) -> Edition:
    """An edition as a board keeps it: without images.

    Raises:
        UserError: The board has no such edition, or the file is not what its name says.
    """
    file = names.edition_path(fingerprint)
    edition = _parse_edition(read_gzip(storage.path(file), where=file), name, file)
    if edition.fingerprint != fingerprint:
        raise UserError(
            f"{file}: its samples have the fingerprint {edition.fingerprint[:12]}, not the one of "
            "its name"
        )
    return edition


@lru_cache(maxsize=4)
def _parse_edition(content: bytes, name: str, file: str) -> Edition:
    """The same content gives the same edition, parsed once for all entries about it."""
    return pinned_edition(_parse_rows(content, PinnedSample, where=file), name=name, where=file)


def read_entry_run(storage: Storage, entry: Entry) -> Run:
    """An entry's log, checked against its edition as any run folder is.

    Its `paths` name no files; everything is in memory.

    Raises:
        UserError: The entry has no log, or a file is broken or foreign to the run.
    """
    if entry.run is None:
        raise UserError(f"{entry.id}: a {entry.info.badge} entry has no log")
    stamp = entry.run.edition
    videos = read_rows(storage, entry, names.VIDEOS, VideoReport)
    return checked_run(
        Run(
            paths=RunPaths(Path(entry.id)),
            info=entry.run,
            edition=read_board_edition(storage, name=stamp.name, fingerprint=stamp.fingerprint),
            responses=read_rows(storage, entry, names.RESPONSES, Response),
            measurements=read_rows(storage, entry, names.MEASUREMENTS, Measurement),
            videos=videos,
            findings=tuple(finding for video in videos for finding in video.findings),
        )
    )


def read_rows(
    storage: Storage, entry: Entry, name: str, model: type[RecordT]
) -> tuple[RecordT, ...]:
    """The rows of one of an entry's logs; one that is cut off was never whole on a board.

    Raises:
        UserError: The file is broken.
    """
    where = f"{entry.id}/{name}"
    content = read_gzip(storage.path(names.entry_path(entry.folder, entry.slug, name)), where=where)
    if content and not content.endswith(b"\n"):
        raise UserError(f"{where}: its last line is cut off")
    return _parse_rows(content, model, where=where)


def _parse_rows(content: bytes, model: type[RecordT], *, where: str) -> tuple[RecordT, ...]:
    return tuple(
        parse_record(model, line, where=f"{where}:{number}")
        for number, line in enumerate(content.split(b"\n"), start=1)
        if line.strip()
    )
