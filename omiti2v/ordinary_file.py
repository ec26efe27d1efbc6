"""Files that may be somebody else's, opened for reading: no pipe that waits, no device that acts.

Everything that reads a file it did not make goes through here. The errors are those of opening any
file, with a `strerror` that says what lies there instead.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

from omiti2v.errors import UserError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_file(path: Path, *, links: bool = True) -> BufferedReader:
    """Open an ordinary file for reading, as bytes.

    Args:
        path: The file.
        links: Whether it may be a link; where it leads is then looked at instead.

    Raises:
        OSError: It can't be opened, or is no ordinary file, or a link though it may not be.
    """
    try:
        # Looked at twice: to open a device may act on it, and what lies at the path may change in
        # between. O_NONBLOCK is for that moment: to open a pipe waits for somebody to write.
        _require_ordinary(path, path.stat(follow_symlinks=links))
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if links else os.O_NOFOLLOW)
        file = os.fdopen(os.open(path, flags), "rb")
    except ValueError as error:  # a NUL, or a surrogate that stands for no byte
        raise OSError(errno.EINVAL, f"a name that no file can have: {error}", str(path)) from None
    try:
        _require_ordinary(path, os.fstat(file.fileno()))
    except BaseException:
        file.close()
        raise
    return file


def _require_ordinary(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        reason = "is a link; expected the file itself (`cp -rL` follows links)"
        raise OSError(errno.ELOOP, reason, str(path))
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise OSError(errno.EINVAL, f"expected a file, got {kind}", str(path))


def read_file(path: Path, *, limit: int, inside: Path | None = None) -> bytes:
    """The bytes of an ordinary file.

    Args:
        path: The file.
        limit: Most bytes it may have.
        inside: For a folder of somebody else: it must lie in it, and be no link.

    Raises:
        UserError: It is missing, no ordinary file, larger than `limit`, or not so inside. The
            message does not repeat the path.
    """
    try:
        if inside is not None and not is_inside(path.parent, inside):
            raise UserError(f"lies outside {inside}; expected inside")
        with open_file(path, links=inside is None) as file:
            size = os.fstat(file.fileno()).st_size
            # Files of /proc tell no size, and may have nothing to give for now, which is None.
            content = file.read(limit + 1) or b"" if size <= limit else b""
    except OSError as error:
        raise UserError(error.strerror or str(error)) from None
    if max(size, len(content)) > limit:
        raise UserError(f"has {max(size, len(content))} bytes, expected at most {limit}")
    return content


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder once all links are followed."""
    # Unlike Path.resolve, it does not raise where links go round in circles.
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
