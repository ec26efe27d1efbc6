"""Videos that lie elsewhere: fetched to a local file while they are worked on."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from evaluators.engines.tasks import StageTimer
from evaluators.frames import DecodeError, Limits
from omiti2v.errors import UserError
from omiti2v.extras import require_extra

_CHUNK = 1 << 20


@contextmanager
def local_copy(location: str, *, limits: Limits, timer: StageTimer) -> Iterator[Path]:
    """A local path of a video; a fetched copy is gone after the block.

    Args:
        location: A path, or an address that fsspec knows, as "s3://bucket/file".
        limits: Of which the file size is kept while fetching.
        timer: Gets the time of fetching.

    Raises:
        DecodeError: It can't be fetched, is too large, or the block refuses the copy. The message
            names `location`.
        UserError: fsspec is not installed, or there is no room for the copy.
    """
    if "://" not in location:
        yield Path(location)
        return
    try:
        temporary = tempfile.TemporaryDirectory(prefix="omiti2v-")
    except OSError as error:
        raise _no_room(str(tempfile.tempdir or "TMPDIR"), error) from None
    with temporary as folder:
        copy = Path(folder) / PurePosixPath(location).name
        with timer.time("fetch"):
            _fetch(location, copy, limits)
        try:
            yield copy
        except DecodeError as error:
            raise DecodeError(str(error).replace(str(copy), location)) from None


def _fetch(location: str, copy: Path, limits: Limits) -> None:
    require_extra("a video at an address", "ray", "fsspec")
    import fsspec  # type: ignore[import-untyped]

    left = limits.max_file_bytes
    try:
        with fsspec.open(location, "rb") as source, copy.open("wb", buffering=0) as file:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise DecodeError(
                        f"{location}: more than {limits.max_file_bytes} bytes, "
                        "the largest size taken"
                    )
                _write(file, chunk)
    except (DecodeError, UserError):
        raise
    except Exception as error:  # every kind of storage raises its own
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DecodeError(f"{location}: can't be fetched: {reason}") from None


def _write(file: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as error:  # this machine's fault, which must not be held against the video
        raise _no_room(str(file.name), error) from None


def _no_room(location: str, error: OSError) -> UserError:
    return UserError(
        f"{location}: a fetched video can't be written: {error.strerror}; make room, or set "
        "TMPDIR to a folder that has some, and run the same command again"
    )
