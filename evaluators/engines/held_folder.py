"""Temporary folders that are gone at last also where their process was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from omiti2v.temporary_folder import temporary_folder

_PREFIX = "omiti2v-held-"
_UNHELD_SECONDS = 60.0
"""Between the making of a folder and the lock on it lies a moment."""


@contextmanager
def held_folder(place: Path | None = None) -> Iterator[Path]:
    """A temporary folder, for this user alone, that is gone after the block.

    The system lets go of the lock on it when this process ends, however it ends; folders that
    nobody holds are removed on the way.

    Args:
        place: Where it is made; None for the system's place.

    Raises:
        CannotWriteError: It can't be made.
    """
    _remove_those_left(place or Path(tempfile.gettempdir()))
    with temporary_folder(prefix=_PREFIX, inside=place) as folder:
        lock = os.open(folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # without locks, as on some network disks, it may be left
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
        finally:
            os.close(lock)


def _remove_those_left(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                found = os.fstat(lock)
                if found.st_uid == os.getuid() and time.time() - found.st_mtime > _UNHELD_SECONDS:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
            finally:
                os.close(lock)
