"""The evaluation cache: nothing already computed is computed again.

SQLite in WAL mode, so that many processes may share one file and a kill tears nothing. Keys are
digests of everything a result depends on: a changed video, question, frame rule or judge has
another key and never gets an old answer. A row carries a digest of itself, so that a flipped bit on
the disk is no answer either.

What is here can be computed again, and is in run folders too. So a cache that fails ends nothing:
it is left aside with a warning, and its file is left as it is.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import platformdirs

from omiti2v.records import Record, json_digest

logger = logging.getLogger(__name__)

RecordT = TypeVar("RecordT", bound=Record)

_BUSY_SECONDS = 30.0
_KEYS_A_QUERY = 500


def default_cache_path() -> Path:
    """`$OMITI2V_CACHE` where set, else `omiti2v/evaluations.sqlite3` in the user's cache folder."""
    named = os.environ.get("OMITI2V_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("omiti2v") / "evaluations.sqlite3"


def cache_key(**parts: object) -> str:
    """The digest of what a result depends on.

    Args:
        parts: Plain JSON values, by name.
    """
    return json_digest(parts)


# Of a damaged file even what SQLite says of it may be no text.
_DAMAGED = (sqlite3.Error, UnicodeDecodeError)


class EvaluationCache:
    """Results by key, kept in one file.

    Args:
        path: The SQLite file; it and its folder are made where absent. One that can't be opened or
            is no cache is left aside: nothing is found in it, and nothing is kept.
        warn: Told in one line why the file is left aside, or not written any more.
    """

    def __init__(self, path: Path, *, warn: Callable[[str], None] = logger.warning) -> None:
        self.path = path
        self._warn = warn
        self._connection: sqlite3.Connection | None = None
        self._writing = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            _when_free(self._set_up)
        except (OSError, *_DAMAGED) as error:
            self._leave_aside(error)

    def _set_up(self) -> None:
        assert self._connection is not None  # noqa: S101  # it was opened just now
        # What is no text any more is a damaged row, and the others are as good as before.
        self._connection.text_factory = lambda data: data.decode(errors="replace")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
            " WITHOUT ROWID"
        )

    def get(self, keys: Sequence[str], model: type[RecordT]) -> dict[str, RecordT]:
        """The results that are there, by key; a row that is damaged or no `model` is absent."""
        found: dict[str, RecordT] = {}
        for start in range(0, len(keys), _KEYS_A_QUERY):
            if self._connection is None:
                break
            some = keys[start : start + _KEYS_A_QUERY]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, value FROM results WHERE key IN ({marks})"  # noqa: S608
            try:
                rows = self._connection.execute(query, some).fetchall()
            except _DAMAGED as error:
                self._leave_aside(error)
                break
            for key, value in rows:
                try:
                    found[key] = model.model_validate_json(_unsealed(key, value))
                except ValueError:
                    logger.warning("%s: a damaged row is passed over", self.path)
        return found

    def put(self, results: Mapping[str, Record]) -> None:
        """Keep results; a kill after this loses none of them.

        Where the file can't be written, as on a full disk, it is only read from then on.
        """
        if self._connection is None or not self._writing:
            return
        rows = [(key, _sealed(key, value.model_dump_json())) for key, value in results.items()]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?)", rows)
        except _DAMAGED as error:
            self._writing = False
            self._warn(f"{self.path}: the evaluation cache can't be written: {error}; going on")

    def close(self) -> None:
        """Close the file."""
        if self._connection:
            with suppress(*_DAMAGED):
                self._connection.close()
            self._connection = None

    def __enter__(self) -> EvaluationCache:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _leave_aside(self, error: Exception) -> None:
        self.close()
        self._warn(
            f"{self.path}: can't be used as the evaluation cache: {error}; going on without it, "
            "give another with --cache"
        )


def _sealed(key: str, text: str) -> str:
    return f"{text}\n{_seal(key, text)}"


def _unsealed(key: object, value: object) -> str:
    """A row's JSON. Rows of before have no seal.

    Raises:
        ValueError: It is not what was written.
    """
    if not isinstance(key, str) or not isinstance(value, str):
        raise ValueError("not text")
    text, newline, seal = value.partition("\n")
    if newline and seal != _seal(key, text):
        raise ValueError("changed since it was written")
    return text


def _seal(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode(errors="replace")).hexdigest()[:16]


def _when_free(action: Callable[[], None]) -> None:
    """Try until no other process holds the file.

    SQLite's own timeout does not cover the change to WAL, which the first processes to open a new
    file all want to make.
    """
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.02)
