"""An opened board, with what was computed of it so far: shared by all visitors, never changed."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

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
from leaderboard.entries.entry import read_rows
from leaderboard.entries.entry_people import anchors_of
from leaderboard.entries.names import ENTRIES, PEOPLE_ANSWERS
from leaderboard.entries.ranking import BoardFamily, RankedBy
from leaderboard.entries.storage import PACKAGED
from leaderboard.entries.table import table_family
from leaderboard.site.board_table import BoardView, board_view
from leaderboard.site.choices import table_choices
from leaderboard.site.sample_list import thumbnail_uri
from leaderboard.site.settings import Settings
from omiti2v import load_edition
from omiti2v.calibration import Calibration
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.estimation.anchored_scores import Anchors
from omiti2v.reviews.people import PersonAnswer
from omiti2v.runs import Run
from omiti2v.samples import Sample

logger = logging.getLogger(__name__)

LOOK_SECONDS = 15
"""After this long it is looked whether an entry has come or gone, where that costs nothing."""

REFRESH_SECONDS = 600
"""After this long the board is read again whatever was seen."""

_NUMBERS = itertools.count()

T = TypeVar("T")


# What belongs to a board that was read again is dropped with time.
@st.cache_resource(max_entries=500, ttl=2 * REFRESH_SECONDS, show_spinner=False)
def _computed(site: int, key: Hashable, _make: Callable[[], Any]) -> Any:
    return _make()


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
        self._number = next(_NUMBERS)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, computed for the first visitor who asks and kept for all others.

        Those who ask for the same meanwhile wait, so that many at once cost no more than one. A
        value that raised is tried again by the next.

        Args:
            key: Strings, numbers, None, and tuples or dataclasses of these.
            make: Computes the value.
        """
        found: T = _computed(self._number, key, make)
        return found

    def choices(self) -> Mapping[str, Mapping[str, BoardKey]]:
        """The tables of the board by the labels of edition and judge; see `table_choices`."""
        return self.once("choices", lambda: table_choices(self.board))

    def table(self, key: BoardKey, by: RankedBy | None = None) -> Table:
        """A table of the board; see `make_table`.

        Raises:
            UserError: The board's copy of the edition is broken.
        """
        family = self.family(key)
        if by is None:
            # Kept by the name of its score as well, so that it is made once.
            table = self.once(("table", key), lambda: make_table(self.board, key, family=family))
            return self.once(("table", key, table.by), lambda: table)
        return self.once(
            ("table", key, by), lambda: make_table(self.board, key, by=by, family=family)
        )

    def family(self, key: BoardKey) -> BoardFamily:
        """All pairs of a table, tested together; see `table_family`.

        Raises:
            UserError: The board's copy of the edition is broken.
        """
        return self.once(("family", key), lambda: table_family(self.board, key))

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
        if known is None:
            return None
        return self.once("images", self._load_images).get(known.fingerprint, known)

    def picture(self, edition: Edition, sample: Sample, *, width: int) -> str | None:
        """A sample's reference image; see `thumbnail_uri`."""
        return self.once(
            ("picture", edition.fingerprint, sample.id, width),
            lambda: thumbnail_uri(edition, sample, width=width),
        )

    def run(self, entry: Entry) -> Run:
        """The log of an entry.

        Raises:
            UserError: It has none, or it is broken.
        """
        return self.once(("run", entry.id), lambda: read_entry_run(self.board.storage, entry))

    def anchors(self, entry: Entry) -> Anchors | None:
        """What people have said of an entry; None where nothing is kept with it.

        Raises:
            UserError: Their answers are broken.
        """
        if entry.people is None:
            return None
        rows = read_rows(self.board.storage, entry, PEOPLE_ANSWERS, PersonAnswer)
        return anchors_of(rows, entry.people.choice)

    def entries(self, key: BoardKey) -> tuple[Entry, ...]:
        """The entries of a table."""
        return self.board.tables.get(key, ())

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


def open_site(settings: Settings) -> Site:
    """The one opened board of a server, with what its first page needs.

    Read when it is first wanted, and again in the background once an entry has come or gone or it
    is old: visitors see it until the new one is read, and go on to see it where that fails.

    Raises:
        UserError: There is no board, or it can't be listed.
    """
    return _open(repr(settings), settings)


@dataclass(frozen=True)
class _Opened:
    """A board that was read, when, and what `_look` saw just before."""

    site: Site
    seconds: float
    seen: frozenset[tuple[str, int]] | None


_opened: dict[str, _Opened] = {}


# Keyed by the text of the settings: they hold paths, which Streamlit knows no key for.
@st.cache_resource(ttl=LOOK_SECONDS, refresh_mode="background", show_spinner=False)
def _open(key: str, _settings: Settings) -> Site:
    seen, now = _look(_settings.board), time.monotonic()
    before = _opened.get(key)
    is_old = before is None or now - before.seconds >= REFRESH_SECONDS
    if before and not is_old and seen is not None and seen == before.seen:
        return before.site
    site = Site(_settings)
    for judges in site.choices().values():
        try:
            site.view(next(iter(judges.values())))
        except UserError as error:
            # The page of this table says so; the others can be shown.
            logger.warning("%s", error)
    _opened[key] = _Opened(site, now, seen)
    return site


def _look(board: str | None) -> frozenset[tuple[str, int]] | None:
    """The folders of a board's entries with the time of their last change; None where not known.

    Always the same for a board behind a URL: to list one takes long.
    """
    if board and "://" in board:
        return frozenset()
    place = Path(board) if board else PACKAGED
    try:
        editions = [path for path in (place / ENTRIES).iterdir() if path.is_dir()]
        entries = [path for edition in editions for path in edition.iterdir()]
        folders = [place / ENTRIES, *editions, *entries]
        return frozenset((str(path), path.lstat().st_mtime_ns) for path in folders)
    except OSError:
        return None
