"""Typed records and the JSON lines they are kept in.

Everything that comes from outside (samples, submissions, run folders) passes through here: parsed
with limits, checked field by field, refused with one line that names the place.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from omiti2v.errors import CannotWriteError, UserError
from omiti2v.ordinary_file import open_file, read_file

MAX_LINE_BYTES = 1 << 20
MAX_FILE_BYTES = 1 << 29
MAX_DOCUMENT_BYTES = 1 << 24

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal."""

_FIELD = re.compile(r"[A-Za-z0-9_-]{1,60}")

RecordT = TypeVar("RecordT", bound="Record")
T = TypeVar("T")

OrAbsent = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
"""A field that is left out on disk where it is None."""


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


class StringPool:
    """Lets records share the strings that are in many of them, and the names of their set fields.

    A run has a row for each question and each metric of a video. Each repeats the sample's id, the
    judge's fingerprint, the video's digest, which is most of what it takes in memory.
    """

    def __init__(self) -> None:
        self._strings: dict[str, str] = {}
        self._fields: dict[frozenset[str], set[str]] = {}

    def share(self, record: RecordT) -> RecordT:
        """The same record; nothing about it changes but what it shares with others."""
        values = record.__dict__
        for name, value in values.items():
            if type(value) is str:
                values[name] = self._strings.setdefault(value, value)
            elif type(value) is tuple:
                for part in value:
                    if isinstance(part, Record):
                        self.share(part)
        # Safe to share: a record is frozen, and a copy of it gets a copy of this.
        named = record.__pydantic_fields_set__
        shared = self._fields.setdefault(frozenset(named), named)
        object.__setattr__(record, "__pydantic_fields_set__", shared)
        return record


def describe_validation_error(error: ValidationError) -> str:
    """The first complaint of pydantic as one line, with the number of the others."""
    first, *others = complaints(error)
    return f"{first} (and {len(others)} more)" if others else first


def complaints(error: ValidationError) -> list[str]:
    """Every complaint of pydantic as one line."""
    lines = []
    for entry in error.errors(include_url=False, include_input=True):
        parts = [part if _FIELD.fullmatch(str(part)) else brief(part) for part in entry["loc"]]
        field = ".".join(str(part) for part in parts) or _record_name(entry["input"])
        complaint = entry["msg"].removeprefix("Value error, ")
        if entry["type"] == "json_invalid":
            # A record is one line; which of its file's, its place says.
            complaint = complaint.replace(" at line 1 column ", " at column ")
        unknown = entry["type"] in ("extra_forbidden", "unexpected_keyword_argument")
        if unknown:
            complaint = "unknown field"
        line = f"{field}: {complaint[:1].lower()}{complaint[1:]}"
        # A rule about several fields says what is wrong; the start of the record adds nothing.
        about_all = not parts and entry["type"] == "value_error"
        told = unknown or about_all
        if not told and entry["type"] not in ("missing", "missing_argument", "json_invalid"):
            line += f", got {brief(entry['input'])}"
        lines.append(line)
    return lines


def _record_name(record: object) -> str:
    name = record.get("id") if isinstance(record, dict) else None
    return f"the record {brief(name)}" if isinstance(name, str) else "the record"


def brief(value: object, *, limit: int = 60) -> str:
    """`value` for an error message: one printable line of at most `limit` characters."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def iterate_lines(path: Path, *, torn_tail: bool = False) -> Iterator[tuple[int, bytes]]:
    """The non-empty lines of a file with their numbers from 1.

    Args:
        path: The file.
        torn_tail: Pass over a last line without a newline: in a log it is what a killed writer
            leaves behind. In any other file it is a line like the others.

    Raises:
        UserError: The file can't be read, or it or a line is beyond the size limits.
    """
    for number, line in numbered_lines(path, torn_tail=torn_tail):
        if line is None:
            raise UserError(f"{path}:{number}: {TOO_LONG}")
        yield number, line


TOO_LONG = f"line longer than {MAX_LINE_BYTES} bytes; not a record"


def numbered_lines(path: Path, *, torn_tail: bool = False) -> Iterator[tuple[int, bytes | None]]:
    """As `iterate_lines`, with None for a line that is too long."""
    try:
        with open_file(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise UserError(f"{path}: {size} bytes, expected at most {MAX_FILE_BYTES}")
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                end = line
                while end and not end.endswith(b"\n"):  # too long, or the file's last
                    end = file.readline(MAX_LINE_BYTES)
                if line.strip() and (end or not torn_tail):
                    yield number, line if len(line) <= MAX_LINE_BYTES else None
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None


def read_records(path: Path, model: type[RecordT], *, torn_tail: bool = False) -> list[RecordT]:
    """All records of a JSON-lines file, which share the strings that they repeat.

    Args:
        path: The file.
        model: The record type.
        torn_tail: As for `iterate_lines`.

    Raises:
        UserError: As for `parse_record` and `iterate_lines`.
    """
    pool = StringPool()
    return [
        pool.share(parse_record(model, line, where=f"{path}:{number}"))
        for number, line in iterate_lines(path, torn_tail=torn_tail)
    ]


def read_record(path: Path, model: type[RecordT]) -> RecordT:
    """The one record of a JSON file.

    Raises:
        UserError: The file can't be read, is larger than `MAX_DOCUMENT_BYTES`, or is not a `model`.
    """
    try:
        text = read_file(path, limit=MAX_DOCUMENT_BYTES)
    except UserError as error:
        raise UserError(f"{path}: can't be read: {error}") from None
    return parse_record(model, text, where=str(path))


def json_digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces: the form that digests are taken over."""
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )


def write_atomically(path: Path, text: str | Iterable[str]) -> None:
    """Write a text file so that a reader sees the old one or the new one, never a part.

    Args:
        path: The file.
        text: Its text, or pieces of it that are written as they come. What they raise is raised,
            and the old file is untouched.

    Raises:
        UserError: The file can't be written; the old one is untouched.
    """
    pieces = (text,) if isinstance(text, str) else text
    _replace(path, (piece.encode() for piece in pieces), sync=True)


def write_bytes_atomically(path: Path, content: bytes, *, sync: bool = True) -> None:
    """As `write_atomically`, for bytes.

    Args:
        path: The file.
        content: Its bytes.
        sync: Wait for the disk. Without, a power cut (not a kill) may leave an empty file: for
            what can be made again.

    Raises:
        UserError: The file can't be written; the old one is untouched.
    """
    _replace(path, (content,), sync=sync)


def _replace(path: Path, pieces: Iterable[bytes], *, sync: bool) -> None:
    # The draft would take the place of a device or a pipe, which for root could be /dev/null.
    if path.exists() and not path.is_file():
        raise UserError(
            f"{path}: expected a regular file or nothing, got something else; choose another path"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                file.writelines(pieces)
                file.flush()
                if sync:
                    os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            with suppress(OSError):  # why it can't be written says more
                draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CannotWriteError(path, error) from None


def write_records(path: Path, records: Iterable[Record]) -> None:
    """Write records as JSON lines, atomically.

    Raises:
        UserError: The file can't be written.
    """
    write_atomically(path, (record.model_dump_json() + "\n" for record in records))


class RecordLog:
    """An append-only JSON-lines file that a crash can't tear.

    A batch is written before `append` returns, so that a kill loses at most the batch in flight;
    what a power cut may cost, `sync` bounds. Opening cuts off the torn last line that a kill in
    mid-write may have left.

    Args:
        path: The file; it and its folder are made where absent.

    Raises:
        UserError: The file can't be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._synced = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: a batch that did not fit on the disk must not be tried again on close.
            self._file = path.open("ab", buffering=0)
            _cut_torn_tail(path)
        except OSError as error:
            raise CannotWriteError(path, error) from None

    def append(self, records: Iterable[Record]) -> None:
        """Write a batch.

        A kill in mid-write leaves whole records of the batch and at most one torn line.

        Raises:
            UserError: The disk is full, for instance; nothing of the batch is left, and what was
                written before stays.
        """
        rest = memoryview("".join(f"{record.model_dump_json()}\n" for record in records).encode())
        start = os.fstat(self._file.fileno()).st_size
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            with suppress(OSError):  # opening the file again cuts off a torn row
                os.ftruncate(self._file.fileno(), start)
            raise CannotWriteError(self.path, error) from None
        self._synced = False

    def sync(self) -> None:
        """Wait until all batches are on disk.

        Raises:
            UserError: The disk is full, for instance.
        """
        if self._synced:
            return
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise CannotWriteError(self.path, error) from None
        self._synced = True

    def close(self) -> None:
        """Sync and close the file."""
        try:
            if not self._file.closed:
                self.sync()
        finally:
            try:
                self._file.close()
            except OSError as error:
                raise CannotWriteError(self.path, error) from None

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
