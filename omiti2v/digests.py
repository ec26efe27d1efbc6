"""SHA-256 of files, alone and together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from omiti2v.errors import UserError


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits.

    Raises:
        UserError: It can't be read.
    """
    try:
        with path.open("rb") as file:
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
