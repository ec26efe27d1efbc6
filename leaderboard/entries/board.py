"""A board: its entries by edition and judge, without their logs."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from leaderboard.entries import names
from leaderboard.entries.display_text import display_text
from leaderboard.entries.entry import BrokenEntry, Entry, read_board_edition, read_entry
from leaderboard.entries.judge_names import with_shown_names
from leaderboard.entries.storage import Storage
from omiti2v.calibration import Calibration
from omiti2v.editions import Edition
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.records import read_record


@dataclass(frozen=True, order=True)
class BoardKey:
    """What rows must share to stand in one table: the same questions, answered by the same judge.

    Attributes:
        edition: Its name.
        edition_fingerprint: Empty for published numbers, whose samples are not known exactly.
        judge: Its name, see `leaderboard.entries.judge_names`; empty where no judge was asked.
        judge_fingerprint: Empty as well where only the name is known.
    """

    edition: str
    edition_fingerprint: str
    judge: str
    judge_fingerprint: str


class Board:
    """The entries of a board.

    Args:
        storage: Its files.
        entries: Those that can be shown.
        broken: Those that can't, with the reason.

    Attributes:
        digests: Of the videos of the entries that were checked for duplicates, by entry; see
            `leaderboard.entries.duplicates`.
    """

    def __init__(
        self, storage: Storage, entries: Sequence[Entry], broken: Sequence[BrokenEntry]
    ) -> None:
        self.storage = storage
        self.entries = tuple(entries)
        self.broken = tuple(broken)
        self.digests: dict[str, frozenset[tuple[str, str]]] = {}
        self._editions: dict[tuple[str, str], Edition] = {}

    @property
    def all(self) -> tuple[Entry | BrokenEntry, ...]:
        """The entries, broken ones at the end."""
        return (*self.entries, *self.broken)

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The entries by their id, as `open/still-floor`."""
        return {entry.id: entry for entry in self.entries}

    @cached_property
    def tables(self) -> dict[BoardKey, tuple[Entry, ...]]:
        """The entries by edition and judge, exact entries in every table of their edition."""
        grouped: dict[BoardKey, list[Entry]] = {}
        exact = [entry for entry in self.entries if entry.info.badge == "exact"]
        for entry in self.entries:
            if entry.info.badge != "exact":
                grouped.setdefault(key_of(entry), []).append(entry)
        for entry in exact:
            key = key_of(entry)
            same = [other for other in grouped if other.edition_fingerprint == _fingerprint(entry)]
            for place in same or [key]:
                grouped.setdefault(place, []).append(entry)
        return {key: tuple(grouped[key]) for key in sorted(grouped)}

    def floor(self, key: BoardKey) -> Entry | None:
        """The exact still floor of a table's edition."""
        for entry in self.tables.get(key, ()):
            if entry.info.badge == "exact":
                return entry
        return None

    def edition(self, key: BoardKey) -> Edition | None:
        """The samples of a table, without images; None where they are not known.

        Raises:
            UserError: The board's copy is broken.
        """
        if not key.edition_fingerprint:
            return None
        place = (key.edition, key.edition_fingerprint)
        if place not in self._editions:
            self._editions[place] = read_board_edition(
                self.storage, name=key.edition, fingerprint=key.edition_fingerprint
            )
        return self._editions[place]

    def calibration(self, key: BoardKey) -> Calibration | None:
        """The measured errors of a table's judge; None where the board has none.

        Raises:
            UserError: The file is broken or is about another judge.
        """
        file = names.calibration_path(key.judge_fingerprint)
        if not key.judge_fingerprint or file not in self.storage.names:
            return None
        found = read_record(self.storage.path(file), Calibration)
        if found.judge.fingerprint != key.judge_fingerprint:
            raise UserError(f"{file}: of judge {found.judge.fingerprint[:12]}, not of its name's")
        return found


def key_of(entry: Entry) -> BoardKey:
    """The table that an entry belongs into."""
    reported = entry.info.reported
    return BoardKey(
        edition=entry.folder,
        edition_fingerprint=_fingerprint(entry),
        judge=reported.judge if reported else entry.judge.name if entry.judge else "",
        judge_fingerprint=entry.judge.fingerprint if entry.judge else "",
    )


def _fingerprint(entry: Entry) -> str:
    return entry.edition.fingerprint if entry.edition else ""


def load_board(storage: Storage) -> Board:
    """Read the summaries of all entries. One that is broken does not keep the others from loading.

    Args:
        storage: See `leaderboard.entries.storage.open_storage`.
    """
    folders: dict[tuple[str, str], set[str]] = {}
    refused: dict[tuple[str, str], str] = {}
    for name in storage.names:
        parts = name.split("/", 3)
        if parts[0] == names.ENTRIES and len(parts) > 3:
            folders.setdefault((parts[1], parts[2]), set()).add(parts[3])
    for name, reason in storage.refused.items():
        parts = name.split("/", 3)
        if parts[0] == names.ENTRIES and len(parts) > 1:
            place = (parts[1], parts[2] if len(parts) > 2 else "")
            refused[place] = f"{name}: {reason}"
    entries: list[Entry] = []
    broken = [
        # These names are anything that a file system takes.
        BrokenEntry(*map(display_text, (*place, reason)))
        for place, reason in refused.items()
    ]
    with _collection_paused():
        for place in sorted(folders.keys() - refused.keys()):
            try:
                entries.append(read_entry(storage, *place, frozenset(folders[place])))
            except CannotWriteError:
                raise  # this machine's fault, and not the entry's
            except UserError as error:
                broken.append(BrokenEntry(*place, _without_place(storage, str(error))))
    return Board(storage, with_shown_names(entries), sorted(broken, key=lambda entry: entry.id))


@contextmanager
def _collection_paused() -> Iterator[None]:
    # All that is made while loading stays, and the collector would walk over it again and again:
    # measured, that is 0.4 of 1.1 seconds for 1,000 entries.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _without_place(storage: Storage, reason: str) -> str:
    """A reason that does not tell where on the server the board lies."""
    return reason.replace(f"{storage.place}/", "")
