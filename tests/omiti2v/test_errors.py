"""Exceptions of others as one line."""

from __future__ import annotations

import errno
import pickle

import pytest

from omiti2v.errors import CannotWriteError, one_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("no such thing"), "ValueError: no such thing"),
        (ValueError("\n\n  first \nsecond"), "ValueError: first"),
        (ValueError("what is wrong:\n\tthis\n\tand that"), "ValueError: what is wrong: this"),
        (ValueError(), "ValueError"),
        (ValueError("a\x1b[2Jb\u202e"), "ValueError: a[2Jb"),
    ],
)
def test_the_type_and_what_is_said_first_are_kept_and_nothing_that_acts_unseen(
    error: Exception, line: str
) -> None:
    assert one_line(error) == line


def test_a_long_message_is_cut() -> None:
    assert one_line(ValueError("x" * 500), limit=50) == "ValueError: " + "x" * 35 + "..."


def test_an_error_of_a_worker_process_comes_back_whole() -> None:
    error = CannotWriteError("a/b", OSError(errno.ENOSPC, "No space left on device"))
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)
    assert type(back) is CannotWriteError and str(back) == str(error)
