"""The same videos under two names, and the same video for many samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from leaderboard.entries import names
from leaderboard.entries.board import Board
from leaderboard.entries.claims import same_contact
from leaderboard.entries.entry import Entry, read_rows
from leaderboard.entries.finding import Finding, Level
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.outcomes import sample_outcome
from omiti2v.runs import Run
from omiti2v.score_ratios import has_roles

SAME_FROM = 0.9
"""Share of the videos from which two entries are one."""
NOTED_FROM = 0.1
"""Share of the videos from which it is said that they share some."""
MAX_HOLDERS = 8
"""How many entries with a video are looked at, the first that came: more would tell no more, and
comparing all with all takes a minute on a board of some hundred copies."""
MAX_IMAGES = 2
"""Of how many reference images one file can be the video without a word: a hasty upload's slip."""


@dataclass(frozen=True)
class Overlap:
    """Videos of an entry that another one has for the same samples.

    Attributes:
        entry, other: Their ids.
        shared: How many.
        of: Number of videos of the smaller of the two.
    """

    entry: str
    other: str
    shared: int
    of: int

    @property
    def same(self) -> bool:
        """Whether the two are one submission."""
        return self.shared >= SAME_FROM * self.of

    def __str__(self) -> str:
        return f"{self.shared} of {self.of} videos are those of {self.other}"


def video_digests(videos: Iterable[VideoReport]) -> frozenset[tuple[str, str]]:
    """Sample and digest of each video that could be read."""
    return frozenset((video.sample_id, video.sha256) for video in videos if video.sha256)


def entry_digests(board: Board, entry: Entry) -> frozenset[tuple[str, str]]:
    """The same of an entry, from its log, read once; empty where it has none that can be read."""
    if entry.id not in board.digests:
        rows: Sequence[VideoReport] = ()
        if entry.run:
            with suppress(UserError):
                rows = read_rows(board.storage, entry, names.VIDEOS, VideoReport)
        board.digests[entry.id] = video_digests(rows)
    return board.digests[entry.id]


class VideoIndex:
    """Which entries have a video, the first that came before the others.

    Args:
        board: The board.
        entries: Those to know.
        new: Ids of those that are handed in: they came last, whatever day they name.
    """

    def __init__(
        self, board: Board, entries: Iterable[Entry], *, new: Collection[str] = ()
    ) -> None:
        self._board = board
        self._place = {
            entry.id: place
            for place, entry in enumerate(
                sorted(entries, key=lambda row: (row.id in new, *row.seniority))
            )
        }
        self._entries = {entry.id: entry for entry in entries}
        self._holders: dict[tuple[str, ...], list[str]] = {}
        for name in self._place:
            entry = self._entries[name]
            for video in entry_digests(board, entry):
                holders = self._holders.setdefault((*_table(entry), *video), [])
                if len(holders) < MAX_HOLDERS:
                    holders.append(name)

    def overlaps(self, entry: Entry) -> list[Overlap]:
        """Which earlier entries of the same table have an entry's videos, the most shared first.

        Versions of one name by the same people may share videos; so may entries that different
        judges answered.
        """
        ours = entry_digests(self._board, entry)
        shared = Counter(
            name
            for video in ours
            for name in self._holders[*_table(entry), *video]
            if self._place[name] < self._place[entry.id]
        )
        found = []
        for name, count in shared.items():
            other = self._entries[name]
            of = min(len(ours), len(entry_digests(self._board, other)))
            if count >= NOTED_FROM * of and not _same_people(entry, other):
                found.append(Overlap(entry.id, name, count, of))
        return sorted(found, key=lambda row: (-row.shared, self._place[row.other]))


def _table(entry: Entry) -> tuple[str, str]:
    edition, judge = entry.edition, entry.judge
    return edition.fingerprint if edition else "", judge.fingerprint if judge else ""


def _same_people(one: Entry, other: Entry) -> bool:
    a, b = one.submission, other.submission
    return a.name == b.name and same_contact(a.contact, b.contact) is not False


def shared_videos(index: VideoIndex, entries: Iterable[Entry]) -> Iterator[Finding]:
    """What is to be said of entries whose videos an earlier one has: a finding for each of these.

    Args:
        index: Of the whole board.
        entries: Those to check.
    """
    grouped: dict[tuple[str, bool], list[Overlap]] = {}
    for entry in entries:
        for overlap in index.overlaps(entry)[:1]:
            grouped.setdefault((overlap.other, overlap.same), []).append(overlap)
    for (_, same), (first, *more) in grouped.items():
        others = tuple(row.entry for row in more)
        level: Level = "wrong" if same else "note"
        yield Finding(first.entry, level, "videos", "", str(first), others)


def repeated_file(run: Run, entry_id: str) -> Iterator[Finding]:
    """What is to be said where one file is the video of many reference images.

    Black frames are the same for all, and a control may be made of them; but one file can't have
    done the edits of many images.
    """
    rows: dict[str, list[VideoReport]] = {}
    for video in run.videos:
        if video.sha256:
            rows.setdefault(video.sha256, []).append(video)
    samples, images = run.edition.by_id, run.edition.image_sha256
    answers = run.answers if has_roles(run.edition.samples) else {}
    worst: tuple[bool, int] = (False, 0)
    for videos in rows.values():
        of = {images[video.sample_id] for video in videos}
        if len(of) > MAX_IMAGES:
            done = {
                images[video.sample_id]
                for video in videos
                if sample_outcome(samples[video.sample_id], answers.get(video.video_id, {}))
                == "success"
            }
            worst = max(worst, (len(done) > MAX_IMAGES, len(of)))
    succeeds, count = worst
    if count:
        found = f"one file is the video of {count} samples with different images"
        if succeeds:
            found += ", and is said to do what several of them ask for"
        yield Finding(entry_id, "wrong" if succeeds else "note", "videos", "", found)
