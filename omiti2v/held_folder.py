"""Temporary folders that are gone at last also where their process was killed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from omiti2v.temporary_folder import temporary_folder

_PREFIX = "omiti2v-"
_NAME = re.compile(r"omiti2v-(\d+)-\w{8}")
"""With the number of the process that made it. Short: the names of sockets in it can't be long."""
_UNHELD_SECONDS = 60.0
"""Between the making of a folder and the lock on it lies a moment."""


@contextmanager
def held_folder(place: Path | None = None) -> Iterator[Path]:
    """A temporary folder, for this user alone, that is gone after the block.

    The system lets go of the lock on it when this process ends, however it ends; folders that
    nobody holds are removed on the way, as by `remove_abandoned`.

    Args:
        place: Where it is made; None for the system's place.

    Raises:
        CannotWriteError: It can't be made.
    """
    remove_abandoned(place)
    with temporary_folder(prefix=f"{_PREFIX}{os.getpid()}-", inside=place) as folder:
        lock = os.open(folder, os.O_RDONLY)
        try:
            with suppress(OSError):  # without locks, as on some network disks, it may be left
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
        finally:
            os.close(lock)


def remove_abandoned(place: Path | None = None) -> None:
    """Remove the folders of processes that are gone.

    Args:
        place: Where they were made; None for the system's place.
    """
    for folder in (place or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*"):
        if not (name := _NAME.fullmatch(folder.name)):
            continue
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                found = os.fstat(lock)
                old = time.time() - found.st_mtime > _UNHELD_SECONDS
                if found.st_uid == os.getuid() and (old or _is_gone(name[1])):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
            finally:
                os.close(lock)


def _is_gone(process: str) -> bool:
    return Path("/proc").is_dir() and not Path("/proc", process).exists()
