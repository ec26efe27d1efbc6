"""Typed records and the JSON lines they are kept in.

Everything that comes from outside (samples, submissions, run folders) passes through here: parsed
with limits, checked field by field, refused with one line that names the place.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from omiti2v.errors import UserError

MAX_LINE_BYTES = 1 << 20
MAX_FILE_BYTES = 1 << 29

RecordT = TypeVar("RecordT", bound="Record")


class Record(BaseModel):
    """A frozen row: unknown fields, wrong types, NaN and infinity are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


def parse_record(model: type[RecordT], text: str | bytes, *, where: str) -> RecordT:
    """Parse one JSON object into `model`.

    Args:
        model: The record type.
        text: One JSON object.
        where: The place to name when it is refused, as `samples.jsonl:3`.

    Raises:
        UserError: The text is not such an object; the message names the first wrong field.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise UserError(f"{where}: {describe_validation_error(error)}") from None


def describe_validation_error(error: ValidationError) -> str:
    """The first complaint of pydantic as one line, with the number of the others."""
    first, *others = error.errors(include_url=False, include_input=True)
    field = ".".join(str(part) for part in first["loc"]) or "the record"
    line = f"{field}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    if first["type"] not in ("missing", "json_invalid", "extra_forbidden"):
        line += f", got {brief(first['input'])}"
    if others:
        line += f" (and {len(others)} more)"
    return line


def brief(value: object, *, limit: int = 60) -> str:
    """`value` for an error message: one printable line of at most `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def iterate_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The complete, non-empty lines of a file with their numbers from 1.

    A last line without a newline is what a killed writer leaves behind; it is passed over.

    Raises:
        UserError: The file can't be read, or it or a line is beyond the size limits.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UserError(f"{path}: {size} bytes, expected at most {MAX_FILE_BYTES}")
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise UserError(
                        f"{path}:{number}: line longer than {MAX_LINE_BYTES} bytes; not a record"
                    )
                if line.endswith(b"\n") and line.strip():
                    yield number, line
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None


def read_records(path: Path, model: type[RecordT]) -> list[RecordT]:
    """All records of a JSON-lines file.

    Raises:
        UserError: As for `parse_record` and `iterate_lines`.
    """
    return [
        parse_record(model, line, where=f"{path}:{number}") for number, line in iterate_lines(path)
    ]


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: the form that digests are taken over."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one, never a part.

    Raises:
        UserError: The file can't be written; the old one is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UserError(f"{path}: can't be written: {error.strerror}") from None


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write records as JSON lines, atomically.

    Raises:
        UserError: The file can't be written.
    """
    write_atomically(path, "".join(record.model_dump_json() + "\n" for record in records))


class RecordLog:
    """An append-only JSON-lines file that a crash can't tear.

    A batch is written with one call and synced, so that a kill loses at most the batch in flight.
    Opening cuts off the torn last line that a kill in mid-write may have left.

    Args:
        path: The file; it and its folder are made where absent.

    Raises:
        UserError: The file can't be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            _cut_torn_tail(path)
        except OSError as error:
            raise UserError(f"{path}: can't be written: {error.strerror}") from None

    def append(self, records: Iterable[Record]) -> None:
        """Write a batch and sync it to disk.

        Raises:
            UserError: The disk is full or the file was taken away; what was written before stays.
        """
        text = "".join(record.model_dump_json() + "\n" for record in records)
        if not text:
            return
        start = self._file.tell()
        try:
            self._file.write(text.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._discard_from(start)
            raise UserError(
                f"{self.path}: can't be written: {error.strerror}; "
                "free some space and run the same command again, it goes on from here"
            ) from None

    def _discard_from(self, start: int) -> None:
        # The buffer still holds the failed batch and close() would try it once more: drop it.
        descriptor = os.dup(self._file.fileno())
        try:
            os.ftruncate(descriptor, start)
        finally:
            os.close(descriptor)
            try:
                self._file.close()
            except OSError:
                pass

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> RecordLog:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _cut_torn_tail(path: Path) -> None:
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        position = end
        while position > 0:
            start = max(0, position - 4096)
            file.seek(start)
            newline = file.read(position - start).rfind(b"\n")
            if newline >= 0:
                position = start + newline + 1
                break
            position = start
        if position != end:
            file.truncate(position)
