"""Where a board's files lie: a folder, or anything that fsspec opens, as `hf://datasets/ORG/NAME`.

A board is read through this alone. Writing (`add`, `remove`) is for local folders; a board on the
hub is changed by a pull request to its repository.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import platformdirs

from leaderboard.entries.names import EDITIONS, ENTRIES, is_plain_path
from omiti2v.errors import UserError, one_line
from omiti2v.records import write_bytes_atomically

PACKAGED = Path(__file__).resolve().parent.parent / "data"
"""The board that comes with the package."""

MAX_FILES = 200_000
MAX_FILE_BYTES = 1 << 25
_HIDDEN = "is hidden"

# What file systems call a value that changes with the content, best first.
_IDENTITIES = ("blob_id", "etag", "ETag", "md5", "mtime", "created", "last_modified")


class Storage(Protocol):
    """A board's files.

    Attributes:
        place: What people call it: a path or a URL.
        names: Relative paths of all its files, with forward slashes.
        refused: Of each path that is not opened, the reason.
        hidden: Paths that are passed over, as a part of them begins with a dot.
    """

    place: str
    names: frozenset[str]
    refused: dict[str, str]
    hidden: set[str]

    def path(self, name: str) -> Path:
        """A file of the board as a local file.

        Raises:
            UserError: There is none, or it can't be fetched.
        """
        ...


class FolderStorage:
    """A board in a local folder. Links are not followed.

    Args:
        folder: The board.

    Raises:
        UserError: No such folder, or it holds too many files, or its `entries` is a link.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise UserError(f"{folder}: no such folder; expected a board: entries/ and editions/")
        self.folder = folder
        self.place = str(folder)
        names: set[str] = set()
        self.refused: dict[str, str] = {}
        self.hidden: set[str] = set()
        for name, reason in _walk(folder, ""):
            if reason == _HIDDEN:
                self.hidden.add(name)
            elif reason:
                self.refused[name] = reason
            else:
                names.add(name)
            if len(names) + len(self.refused) + len(self.hidden) > MAX_FILES:
                raise UserError(f"{folder}: holds more than {MAX_FILES} files")
        for name in (ENTRIES, EDITIONS):
            if reason := self.refused.get(name):
                raise UserError(f"{folder / name}: {reason}; expected a folder")
        self.names = frozenset(names)

    def path(self, name: str) -> Path:
        """See `Storage.path`."""
        if name not in self.names:
            raise UserError(f"{self.place}: {name}: no such file")
        return self.folder / name


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, str | None]]:
    """Every file below a folder, with the reason if it is not to be opened."""
    with os.scandir(folder) as found:
        for item in found:
            name = prefix + item.name
            if item.name.startswith("."):
                yield name, _HIDDEN
            elif item.is_symlink():
                yield name, "is a link"
            elif not is_plain_path(name):
                yield name, "is not a plain name"
            elif item.is_dir():
                yield from _walk(Path(item.path), f"{name}/")
            elif not item.is_file():
                yield name, "is not an ordinary file"
            elif item.stat().st_size > MAX_FILE_BYTES:
                yield name, f"is larger than {MAX_FILE_BYTES} bytes"
            else:
                yield name, None


class RemoteStorage:
    """A board behind a URL: listed once, each file fetched when it is first wanted, and kept.

    A kept file is used as long as the listing tells the same version of it. The listing is made
    once: whoever wants to see what has changed opens the board again.

    Args:
        url: As `hf://datasets/ORG/NAME` or `memory://board`.
        cache: Where fetched files are kept; the user's cache folder where None.

    Raises:
        UserError: The file system is not installed, or the board can't be listed.
    """

    def __init__(self, url: str, *, cache: Path | None = None) -> None:
        if importlib.util.find_spec("fsspec") is None:
            raise UserError(f'{url}: needs fsspec; run: pip install "omiti2v[leaderboard]"')
        import fsspec  # type: ignore[import-untyped]

        self.place = url
        self._cache = cache or platformdirs.user_cache_path("omiti2v") / "boards"
        self.refused: dict[str, str] = {}
        self.hidden: set[str] = set()
        try:
            self._files, root = fsspec.core.url_to_fs(url)
            self._files.invalidate_cache()
            listed: dict[str, dict[str, Any]] = self._files.find(root, detail=True)
        except Exception as error:  # every file system has exceptions of its own
            raise UserError(f"{url}: can't be listed: {one_line(error)}") from None
        if len(listed) > MAX_FILES:
            raise UserError(f"{url}: holds more than {MAX_FILES} files")
        self._listed: dict[str, _Listed] = {}
        for path, facts in listed.items():
            name = path.removeprefix(root).lstrip("/")
            if any(part.startswith(".") for part in name.split("/")):
                self.hidden.add(name)
            elif not is_plain_path(name):
                self.refused[name] = "is not a plain name"
            elif facts.get("islink") or facts.get("type") != "file":
                self.refused[name] = "is not an ordinary file"
            elif (facts.get("size") or 0) > MAX_FILE_BYTES:
                self.refused[name] = f"is larger than {MAX_FILE_BYTES} bytes"
            else:
                self._listed[name] = _Listed(
                    path, _identity(facts), facts.get("size"), _digest_on_hub(facts)
                )
        self.names = frozenset(self._listed)

    def path(self, name: str) -> Path:
        """See `Storage.path`."""
        if name not in self._listed:
            raise UserError(f"{self.place}: {name}: no such file")
        listed = self._listed[name]
        key = hashlib.sha256(f"{self.place}\n{name}\n{listed.identity}".encode()).hexdigest()
        local = self._cache / key[:2] / f"{key}-{name.rpartition('/')[2]}"
        if local.is_file():
            return local
        try:
            content = self._files.cat_file(listed.path)
        except Exception as error:  # as above
            raise UserError(f"{self.place}: {name}: can't be fetched: {one_line(error)}") from None
        if not listed.is_of(content):
            raise UserError(
                f"{self.place}: {name}: it changed since it was listed; open the board again"
            )
        write_bytes_atomically(local, content)
        return local


@dataclass(frozen=True)
class _Listed:
    """What a listing says of a file; `size` and `digest` are None where it does not."""

    path: str
    identity: str
    size: int | None
    digest: str | None

    def is_of(self, content: bytes) -> bool:
        if self.size is not None and len(content) != self.size:
            return False
        blob = b"blob %d\0" % len(content) + content
        return self.digest in (
            None,
            hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
            hashlib.sha256(content).hexdigest(),
        )


def _digest_on_hub(facts: Mapping[str, Any]) -> str | None:
    """What the hub names a file's content by: SHA-256 of what is in LFS, else git's blob."""
    lfs = facts.get("lfs")
    return lfs.sha256 if lfs else facts.get("blob_id")


def _identity(facts: Mapping[str, Any]) -> str:
    found = [str(facts[key]) for key in _IDENTITIES if facts.get(key) is not None]
    return f"{facts.get('size')} {found[0] if found else ''}"


def open_storage(place: str | Path | None = None, *, cache: Path | None = None) -> Storage:
    """The files of a board.

    Args:
        place: A folder, or a URL of any file system that fsspec knows; None for the board that
            comes with the package.
        cache: As for `RemoteStorage`.

    Raises:
        UserError: There is no board.
    """
    if place is None:
        return FolderStorage(PACKAGED)
    if isinstance(place, str) and "://" in place:
        return RemoteStorage(place, cache=cache)
    return FolderStorage(Path(place))
