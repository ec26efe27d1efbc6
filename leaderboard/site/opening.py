"""The one opened board of a server: read ahead of the first visitor, and anew from time to time."""

from __future__ import annotations

import logging
import threading
import time

from leaderboard.site.opened import Site
from leaderboard.site.prepared.choices import table_choices
from leaderboard.site.settings import Settings
from omiti2v.errors import UserError

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 600.0
"""After this long the board is read again, so that new entries appear."""


class Opener:
    """Opens a board when it is first wanted, and reads it again in the background once it is old.

    Args:
        refresh_seconds: How old an opened board may be; visitors see it until the new one is read.
    """

    def __init__(self, *, refresh_seconds: float = REFRESH_SECONDS) -> None:
        self._refresh_seconds = refresh_seconds
        self._lock = threading.Lock()
        self._opened: dict[Settings, tuple[Site, float]] = {}
        self._reading: set[Settings] = set()

    def open(self, settings: Settings) -> Site:
        """The board, as it was when it was last read.

        Raises:
            UserError: There is no board, or it can't be listed.
        """
        with self._lock:
            if settings not in self._opened:
                self._opened[settings] = (_read(settings), time.monotonic())
            site, since = self._opened[settings]
            is_old = time.monotonic() - since > self._refresh_seconds
            if is_old and settings not in self._reading:
                self._reading.add(settings)
                threading.Thread(target=self._read_again, args=(settings,), daemon=True).start()
        return site

    def _read_again(self, settings: Settings) -> None:
        try:
            site = _read(settings)
        except (
            Exception
        ):  # files may go away while they are read, and storages raise what they like
            # What is open stays; the next visitor after the same time tries again.
            logger.exception("the board could not be read again")
            site = self._opened[settings][0]
        with self._lock:
            self._opened[settings] = (site, time.monotonic())
            self._reading.discard(settings)


def _read(settings: Settings) -> Site:
    """A board with what its first page needs."""
    site = Site(settings)
    choices = site.once("choices", lambda: table_choices(site.board))
    for judges in choices.values():
        try:
            site.view(next(iter(judges.values())))
        except UserError as error:
            # The page of this table says so; the others can be shown.
            logger.warning("%s", error)
    return site


OPENER = Opener()
"""Of this process."""
