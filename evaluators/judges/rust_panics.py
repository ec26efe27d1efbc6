"""Panics of Rust code, as of a tokenizer whose pattern finds no end in ten million steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from omiti2v.errors import one_line


@contextmanager
def as_errors() -> Iterator[None]:
    """Raise a RuntimeError for a panic, which by itself passes everything that catches errors.

    Raises:
        RuntimeError: The block panicked.
    """
    try:
        yield
    except BaseException as error:
        # Every package of Rust code has a class of its own for it, which can't be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise RuntimeError(one_line(error)) from None
