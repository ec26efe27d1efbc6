"""Compressed logs: the same bytes every time, and no more of them than allowed when read."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from omiti2v.errors import UserError

MAX_UNPACKED_BYTES = 1 << 26


def gzip_bytes(content: bytes) -> bytes:
    """`content` compressed by gzip; the same bytes give the same file on any day."""
    return gzip.compress(content, compresslevel=9, mtime=0)


def read_gzip(path: Path, *, where: str, limit: int = MAX_UNPACKED_BYTES) -> bytes:
    """What a gzip file holds.

    Args:
        path: The file.
        where: What to call it when it is refused.
        limit: Largest number of bytes; decompression stops there, whatever the file claims.

    Raises:
        UserError: It can't be read, is no gzip file, is cut off, or holds more.
    """
    try:
        with gzip.open(path) as file:
            content = file.read(limit + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UserError(f"{where}: expected a whole gzip file, got something else") from None
    except OSError as error:
        raise UserError(f"{where}: can't be read: {error.strerror}") from None
    if len(content) > limit:
        raise UserError(f"{where}: unpacks to more than {limit} bytes")
    return content
