"""The same videos under two names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from leaderboard.entries import names
from leaderboard.entries.board import Board, key_of
from leaderboard.entries.entry import Entry, read_rows
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport

SAME_FROM = 0.9
"""Share of the videos from which two entries are one."""
NOTED_FROM = 0.1
"""Share of the videos from which it is said that they share some."""


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


def find_overlaps(
    board: Board, digests: frozenset[tuple[str, str]], *, like: Entry, among: Sequence[Entry]
) -> list[Overlap]:
    """Which entries of the same table have the videos of one under another name.

    Versions of one name may share videos; so may entries that different judges answered.

    Args:
        board: The board.
        digests: The videos of `like`.
        like: The entry in question; need not be on the board.
        among: The others.
    """
    found = []
    table, name = key_of(like), like.submission.name
    for other in among:
        if other.id == like.id or other.submission.name == name or key_of(other) != table:
            continue
        theirs = entry_digests(board, other)
        shared, of = len(digests & theirs), min(len(digests), len(theirs))
        if of and shared >= NOTED_FROM * of:
            found.append(Overlap(like.id, other.id, shared, of))
    return found
