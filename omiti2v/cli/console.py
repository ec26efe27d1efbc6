"""What the commands share: safe text, tables, progress bars, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from omiti2v.safe_text import visible_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from omiti2v.records import Record

STDOUT = Console(highlight=False)
STDERR = Console(stderr=True, highlight=False)

_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]")


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

    What would act unseen in a terminal is escaped as JSON does it; programs read the same text.
    """
    typer.echo(_NOT_PLAIN.sub(_escape_unseen, record.model_dump_json(indent=2)))


def note(text: str) -> None:
    """Say something to the person at the terminal, on standard error."""
    STDERR.print(plain(text), soft_wrap=True)


def _escape_unseen(match: re.Match[str]) -> str:
    # Outside strings JSON has none of these characters, so that an escape is always right.
    character = match[0]
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
