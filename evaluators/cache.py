"""The evaluation cache: nothing already computed is computed again.

SQLite in WAL mode, so that many processes may share one file and a kill tears nothing. Keys are
digests of everything a result depends on: a changed video, question, frame rule or judge has
another key and never gets an old answer.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import platformdirs
from pydantic import ValidationError

from omiti2v.errors import UserError
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


class EvaluationCache:
    """Results by key, kept in one file.

    Args:
        path: The SQLite file; it and its folder are made where absent.

    Raises:
        UserError: The file can't be opened or is not a cache.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
            _when_free(self._set_up)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None

    def _set_up(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
            " WITHOUT ROWID"
        )

    def get(self, keys: Sequence[str], model: type[RecordT]) -> dict[str, RecordT]:
        """The results that are there, by key; a row that is not a `model` counts as absent.

        Raises:
            UserError: The file can't be read.
        """
        found: dict[str, RecordT] = {}
        for start in range(0, len(keys), _KEYS_A_QUERY):
            some = keys[start : start + _KEYS_A_QUERY]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, value FROM results WHERE key IN ({marks})"  # noqa: S608
            try:
                rows = self._connection.execute(query, some).fetchall()
            except sqlite3.Error as error:
                raise self._unusable(error) from None
            for key, value in rows:
                try:
                    found[key] = model.model_validate_json(value)
                except ValidationError:
                    logger.warning("%s: a damaged row is passed over", self.path)
        return found

    def put(self, results: Mapping[str, Record]) -> None:
        """Keep results; a kill after this loses none of them.

        Raises:
            UserError: The file can't be written, because the disk is full for instance.
        """
        rows = [(key, value.model_dump_json()) for key, value in results.items()]
        try:
            with self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> EvaluationCache:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _unusable(self, error: Exception) -> UserError:
        remedy = "try again" if "locked" in str(error) else "mend or delete it"
        return UserError(
            f"{self.path}: can't be used as the evaluation cache: {error}; {remedy}, give another "
            "with --cache, or use --no-cache"
        )


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
