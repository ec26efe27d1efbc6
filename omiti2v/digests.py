"""SHA-256 of files, alone and together."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path

from omiti2v.errors import UserError
from omiti2v.ordinary_file import open_file

_READ_BYTES = 1 << 26
_SETTLED_SECONDS = 2.0


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits.

    Raises:
        UserError: It can't be read.
    """
    try:
        with open_file(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None


def sha256_of_files(files: Mapping[str, Path]) -> str:
    """SHA-256 over the names and contents of files, 64 hex digits.

    It is the digest of what `sha256sum` prints for the files in the order of their names, and so
    can be checked without this program.

    Args:
        files: By the name that counts, as "config.json".

    Raises:
        UserError: A file can't be read.
    """
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        total.update(f"{sha256_of_file(path)}  {name}\n".encode())
    return total.hexdigest()


def quick_mark(path: Path) -> str | None:
    """What tells a file from every other and from itself changed, without reading a large one.

    Returns:
        The SHA-256 of a file of at most 64 MiB. Of a larger one its place on the disk, size and
        times, of which no program can set the time of change; None where that is less than two
        seconds ago, as another change could have the same one.

    Raises:
        UserError: It can't be read.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
    if found.st_size <= _READ_BYTES:
        return sha256_of_file(path)
    if time.time() - max(found.st_ctime, found.st_mtime) < _SETTLED_SECONDS:
        return None
    where = f"{found.st_dev}:{found.st_ino}:{found.st_size}"
    return f"{where}:{found.st_mtime_ns}:{found.st_ctime_ns}"
