"""Videos that lie elsewhere: fetched to a local file while they are worked on.

A storage may be silent, slow or stuck in its own code, so another process fetches: it is killed
where too little comes, and the next video gets a new one.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from evaluators.engines.fetch_child import NO_ROOM
from evaluators.engines.tasks import StageTimer
from evaluators.frames import DecodeError, Limits
from omiti2v.errors import UserError
from omiti2v.extras import require_extra
from omiti2v.held_folder import held_folder

TRIED = 3
"""So many videos are tried before an address is held to be wrong."""

_LOOK_SECONDS = 0.5
# With the paths of this process, whatever lies in the folder that it runs in.
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from evaluators.engines.fetch_child import serve
serve(int(sys.argv[2]))
"""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How slowly a video may come.

    Attributes:
        silence: Seconds in which nothing comes.
        start: Seconds before the rate counts.
        rate: Bytes a second from then on, on average.
    """

    silence: float = 30.0
    start: float = 30.0
    rate: float = 100_000.0


@contextmanager
def local_copy(
    location: str,
    *,
    limits: Limits,
    timer: StageTimer,
    pace: Pace = Pace(),
) -> Iterator[Path]:
    """A local path of a video; a fetched copy is gone after the block.

    Args:
        location: A path, or an address that fsspec knows, as "s3://bucket/file".
        limits: Of which the file size is kept while fetching.
        timer: Gets the time of fetching.
        pace: Below which fetching is given up.

    Raises:
        DecodeError: It can't be fetched, is too large, or the block refuses the copy. The message
            names `location`.
        UserError: fsspec is not installed, or there is no room for the copy.
    """
    if "://" not in location:
        yield Path(location)
        return
    with held_folder() as folder:
        copy = folder / PurePosixPath(location).name
        with timer.time("fetch"):
            _fetch(location, copy, limits.max_file_bytes, pace)
        try:
            yield copy
        except DecodeError as error:
            raise type(error)(str(error).replace(str(copy), location)) from None


def try_addresses(
    locations: Sequence[str],
    *,
    pace: Pace = Pace(),
) -> None:
    """Try whether videos can be fetched, by the first bytes of one of them.

    Args:
        locations: Paths, which are not tried, or addresses.
        pace: As for `local_copy`.

    Raises:
        UserError: None can be fetched, or the storage of one is silent; or as for `local_copy`.
    """
    first: DecodeError | None = None
    for location in locations:
        if "://" not in location:
            return
        try:
            with held_folder() as folder:
                _fetch(location, folder / "first", 0, pace)
            return
        except _TooLargeError:  # some of it came
            return
        except DecodeError as error:
            first = first or error
            if isinstance(error, _TooSlowError):
                break
    if first:
        raise UserError(f"{first}; nothing was judged yet: mend that, or give another --videos-at")


class _TooSlowError(DecodeError):
    pass


class _TooLargeError(DecodeError):
    pass


class _Fetcher:
    """A process that runs `fetch_child`. It dies with the thread that makes this."""

    def __init__(self) -> None:
        require_extra("a video at an address", "ray", "fsspec")
        self._process = subprocess.Popen(  # noqa: S603 (this same program)
            [sys.executable, "-P", "-c", _START, json.dumps(sys.path), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # away from the terminal's signals
        )
        self._input = cast(IO[bytes], self._process.stdin)
        self._output = cast(IO[bytes], self._process.stdout)

    def ask(self, location: str, copy: Path, *, most: int, pace: Pace) -> str | None:
        """Have a copy made.

        Returns:
            Its answer; None where there was none before it died, or had fetched more than `most`.

        Raises:
            _TooSlowError: Too little comes.
        """
        try:
            self._input.write(json.dumps([location, str(copy)]).encode() + b"\n")
            self._input.flush()
        except OSError:
            return None
        size, silent, seconds = 0, 0.0, 0.0
        while not select.select([self._output], [], [], _LOOK_SECONDS)[0]:
            before, size = size, _size(copy)
            # Counted by looks: this process may stand still too.
            seconds += _LOOK_SECONDS
            silent = silent + _LOOK_SECONDS if size == before else 0.0
            if size > most:
                return None
            if silent >= pace.silence:
                raise _TooSlowError(f"nothing came for {silent:.0f} s")
            if seconds >= pace.start + size / pace.rate:
                raise _TooSlowError(f"only {size} bytes came in {seconds:.0f} s")
        line = self._output.readline()
        return json.loads(line) if line.endswith(b"\n") else None

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._input.close()
        self._output.close()
        self._process.wait()


_mine = threading.local()


def _fetch(location: str, copy: Path, most: int, pace: Pace) -> None:
    fetcher: _Fetcher = getattr(_mine, "fetcher", None) or _Fetcher()
    _mine.fetcher = fetcher
    answer: str | None = None
    try:
        answer = fetcher.ask(location, copy, most=most, pace=pace)
    except _TooSlowError as error:
        raise _TooSlowError(f"{location}: can't be fetched: {error}") from None
    finally:
        if answer is None:
            _mine.fetcher = None
            fetcher.end()
    if _size(copy) > most:
        raise _TooLargeError(f"{location}: more than {most} bytes, the largest size taken")
    if answer is None:
        answer = "the process that fetched it died"
    if answer.startswith(NO_ROOM):
        raise _no_room(str(copy), answer.removeprefix(NO_ROOM))
    if answer:
        raise DecodeError(f"{location}: can't be fetched: {answer}")


def _size(copy: Path) -> int:
    return copy.stat().st_size if copy.exists() else 0


def _no_room(location: str, reason: str) -> UserError:
    return UserError(
        f"{location}: a fetched video can't be written: {reason}; make room, or set TMPDIR to a "
        "folder that has some, and run the same command again"
    )
