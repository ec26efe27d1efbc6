"""What lies where a video should and is no ordinary file, or one that holds next to nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

_HEAD = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41"
_SIZE_LIMIT = 512 << 20

Placer = Callable[[Path], None]
"""Puts it at a path."""


def _linked(target: str) -> Placer:
    return lambda path: path.symlink_to(target)


def _sparse(size: int, head: bytes = b"") -> Placer:
    def place(path: Path) -> None:
        path.write_bytes(head)
        os.truncate(path, size)

    return place


def _special(kind: int, device: tuple[int, int] = (0, 0)) -> Placer:
    return lambda path: os.mknod(path, kind | 0o644, os.makedev(*device))


def _unreadable(path: Path) -> None:
    path.write_bytes(_HEAD)
    path.chmod(0)


def _two_files(path: Path) -> None:
    path.write_bytes(_HEAD)
    path.with_suffix(".mkv").write_bytes(_HEAD)


PLACERS: dict[str, Placer] = {
    "pipe": os.mkfifo,
    "socket": _special(stat.S_IFSOCK),
    "folder": Path.mkdir,
    "link in a circle": lambda path: path.symlink_to(path.name),
    "link to nowhere": _linked("nowhere.mp4"),
    "link to /dev/zero": _linked("/dev/zero"),
    "link to a folder": _linked("."),
    "link out": _linked("/etc/passwd"),
    "sparse, over the limit": _sparse(_SIZE_LIMIT + 1),
    "sparse, under the limit": _sparse(64 << 20, _HEAD),
    "two files for one take": _two_files,
}
"""By kind; none of them can be scored."""
if os.geteuid() == 0:
    PLACERS["device"] = _special(stat.S_IFCHR, (1, 5))
else:
    PLACERS["not to be read"] = _unreadable
