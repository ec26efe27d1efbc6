"""An opened board, with what was computed of it so far: shared by all visitors, never changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from leaderboard.entries import (
    Board,
    BoardKey,
    Entry,
    Table,
    load_board,
    make_table,
    open_storage,
    read_entry_run,
)
from leaderboard.entries.ties import RankedBy
from leaderboard.site.prepared.board import BoardView, board_view
from leaderboard.site.settings import Settings
from omiti2v import load_edition
from omiti2v.calibration import Calibration
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run

_KEPT = 500

T = TypeVar("T")


class _Absent:
    """Stands for a value that is not kept; None is a value."""


_ABSENT = _Absent()


class Site:
    """A board as it was when it was opened.

    Args:
        settings: What to show.

    Raises:
        UserError: There is no board, or it can't be listed.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.board: Board = load_board(open_storage(settings.board))
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}
        self._kept: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, computed for the first visitor who asks and kept for all others.

        Those who ask for the same meanwhile wait, so that many at once cost no more than one. A
        value that raised is tried again by the next.
        """
        with self._lock:
            lock = self._making.setdefault(key, threading.Lock())
        with lock:
            found: T | _Absent = self._kept.get(key, _ABSENT)
            if isinstance(found, _Absent):
                found = make()
                with self._lock:
                    while len(self._kept) >= _KEPT:
                        oldest = next(iter(self._kept))
                        self._making.pop(oldest, None)
                        del self._kept[oldest]
                    self._kept[key] = found
            return found

    def table(self, key: BoardKey, by: RankedBy | None = None) -> Table:
        """A table of the board; see `make_table`.

        Raises:
            UserError: The board's copy of the edition is broken.
        """
        if by is None:
            # Kept by the name of its score as well, so that it is ranked once.
            table = self.once(("table", key), lambda: make_table(self.board, key))
            return self.once(("table", key, table.by), lambda: table)
        return self.once(("table", key, by), lambda: make_table(self.board, key, by=by))

    def view(self, key: BoardKey, by: RankedBy | None = None) -> BoardView:
        """What the page of a table shows; see `board_view`.

        Raises:
            UserError: The board's copy of the edition is broken.
        """
        table = self.table(key, by)
        return self.once(("view", key, table.by), lambda: board_view(table))

    def calibration(self, key: BoardKey) -> Calibration | None:
        """The measured errors of a table's judge; None where the board has none.

        Raises:
            UserError: The file is broken.
        """
        return self.once(("calibration", key), lambda: self.board.calibration(key))

    def samples(self, key: BoardKey) -> Edition | None:
        """The samples of a table, with images where they are at hand; None where not known.

        Raises:
            UserError: The board's copy of the edition is broken.
        """
        place = ("samples", key.edition, key.edition_fingerprint)
        known = self.once(place, lambda: self.board.edition(key))
        return self._with_images(known) if known else None

    def run(self, entry: Entry) -> Run:
        """The log of an entry.

        Raises:
            UserError: It has none, or it is broken.
        """
        return self.once(("run", entry.id), lambda: read_entry_run(self.board.storage, entry))

    def entries(self, key: BoardKey) -> tuple[Entry, ...]:
        """The entries of a table."""
        return self.board.tables.get(key, ())

    def _with_images(self, edition: Edition) -> Edition:
        return self.once(("images",), self._load_images).get(edition.fingerprint, edition)

    def _load_images(self) -> dict[str, Edition]:
        found: dict[str, Edition] = {}
        places: list[str | Path] = ["open", *self.settings.editions]
        for place in places:
            try:
                edition = load_edition(place)
            except UserError:
                # The pages then say that there are no images; nothing else depends on them.
                continue
            found[edition.fingerprint] = edition
        return found
