"""Video files as untrusted bytes: opened without side effects, hashed, read against a deadline."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from io import BufferedReader
from pathlib import Path

from evaluators.frames.limits import DEFAULT_LIMITS, Limits

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class DecodeError(Exception):
    """A video that can't be used. The message is one line: the file and what is wrong with it."""


class CostlyFileError(DecodeError):
    """A file that used up the time or memory that is permitted, or ends the process that decodes
    it again and again. To try it again would be as costly."""


def too_slow(limits: Limits) -> str:
    """What is wrong with a file that took too long."""
    return f"not decoded within {limits.max_decode_seconds:g} seconds"


def hash_file(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> str:
    """SHA-256 of a file's bytes, 64 hex digits.

    Raises:
        DecodeError: The file can't be read, is not a regular file, is empty or too large.
    """
    with open_source(path, limits=limits) as file:
        return hash_of(path, file)


def hash_of(path: Path, file: BufferedReader) -> str:
    """SHA-256 of an opened file's bytes; `file` stands at its start before and after."""
    try:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
    except OSError as error:
        raise DecodeError(f"{named(path)}: can't be read: {error.strerror}") from None
    return digest


def open_source(path: Path, *, limits: Limits) -> BufferedReader:
    """Open a regular, non-empty file of a permitted size for reading.

    Raises:
        DecodeError: It is none of these, or can't be read.
    """
    try:
        # Looked at twice: to open a pipe may block and to open a device may act on it, and what
        # lies at the path may change in between. O_NONBLOCK is for that moment.
        _check(path, path.stat(), limits)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        file = os.fdopen(descriptor, "rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise DecodeError(f"{named(path)}: can't be read: {reason}") from None
    try:
        _check(path, os.fstat(descriptor), limits)
    except BaseException:
        file.close()
        raise
    return file


def _check(path: Path, status: os.stat_result, limits: Limits) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise DecodeError(f"{named(path)}: expected a video file, got {kind}")
    if status.st_size == 0:
        raise DecodeError(f"{named(path)}: expected a video file, got an empty file")
    if status.st_size > limits.max_file_bytes:
        raise DecodeError(
            f"{named(path)}: {status.st_size} bytes, expected at most {limits.max_file_bytes}"
        )


def named(path: Path) -> str:
    """`path` for an error message, on one line whatever characters the name has."""
    text = str(path)
    return text if text.isprintable() else repr(text)


class DeadlineReader:
    """What libav is given to read from: one open file and nothing else, until a deadline of the
    process's own time.

    It has no name, so that no demuxer can look for neighbors of the file. Past the deadline the
    file seems to end; an exception here would pass through C code, which may drop it.
    """

    def __init__(self, file: BufferedReader, deadline: float) -> None:
        self._file = file
        self._deadline = deadline

    @property
    def expired(self) -> bool:
        """Whether the deadline, on the clock of `time.process_time`, is over."""
        return time.process_time() > self._deadline

    def read(self, size: int) -> bytes:
        try:
            return b"" if self.expired else self._file.read(size)
        except OSError:
            return b""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1

    def tell(self) -> int:
        return self._file.tell()
