"""What the commands share: safe text, tables, progress bars, and JSON."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from omiti2v.safe_text import visible_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from omiti2v.records import Record
STDOUT = Console(highlight=False)
STDERR = Console(stderr=True, highlight=False)

_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")


def open_output() -> None:
    """Have whatever is printed from now on be taken.

    What a stream can't encode is written as an escape. A stream that was closed takes anything and
    nothing comes of it: else the next file that is opened would take its place. What is said on
    standard error stops nothing, even where it can't be written.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr = io.TextIOWrapper(
            _Aside(2, "w", closefd=False),
            encoding=sys.stderr.encoding,
            errors="backslashreplace",
            write_through=True,
        )


class _Aside(io.FileIO):
    """Standard error, which must not stop the work: where nobody hears it, nothing is said."""

    def write(self, data: Buffer, /) -> int:
        with suppress(OSError):
            return super().write(data)
        return memoryview(data).nbytes


def output_failed() -> bool:
    """Whether standard output does not even take another empty line; then it is let go of."""
    try:
        STDOUT.file.write("\n")
        STDOUT.file.flush()
    except OSError:
        # What it still holds goes there when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT.file.fileno())
        return True
    return False


def printable(text: str) -> str:
    """Untrusted text as one line that can't drive a terminal."""
    return visible_text(text, one_line=True)


def plain(text: str, style: str = "") -> Text:
    """Untrusted text for a table: no control characters, no markup."""
    return Text(printable(text), style=style)


def say(text: str = "", style: str = "") -> None:
    """Print a line of untrusted text on standard output."""
    STDOUT.print(plain(text, style))


def text_table(*columns: str) -> Table:
    """An empty table without lines; what is too long for a column folds."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def number_table(first: str, *numbers: str) -> Table:
    """An empty table without lines: a column of text, then columns of numbers on the right.

    Where they are too wide for the terminal together, the text keeps 8 characters a line.
    """
    table = text_table(first)
    table.columns[0].min_width = 8
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def print_json(record: Record) -> None:
    """Print a record for programs, on standard output.

    What would act unseen in a terminal, and what standard output can't encode, is escaped as JSON
    does it; programs read the same text.
    """
    text = _NOT_PLAIN.sub(_escape_unseen, record.model_dump_json(indent=2))
    STDOUT.file.write(f"{text}\n")
    STDOUT.file.flush()


def note(text: str) -> None:
    """Say something to the person at the terminal, on standard error."""
    STDERR.print(plain(text), soft_wrap=True)


def _escape_unseen(match: re.Match[str]) -> str:
    # Outside strings JSON has none of these characters, so that an escape is always right.
    character = match[0]
    try:
        character.encode(STDOUT.encoding)
    except UnicodeEncodeError:
        return json.dumps(character)[1:-1]
    return character if visible_text(character) == character else json.dumps(character)[1:-1]


@contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error; yields the call that advances it by one."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=STDERR, transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)
