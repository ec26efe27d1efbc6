"""Ctrl-C and SIGTERM: a command ends soon, whatever its main thread is in.

Python acts on a signal when the main thread comes back from what it is in: a forward pass, a call
into a decoder, a wait for another machine. The byte that its C handler writes comes at once, and a
thread that waits for it ends the process where the ordinary way out takes too long. What was
logged is on disk; child processes die with this one.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

PATIENCE_SECONDS = 1.3
"""For the ordinary way out, of the two seconds in which a command ends."""

_LINE = b"error: interrupted; the same command resumes from here\n"
_SHOW_CURSOR = b"\r\x1b[K\x1b[?25h"
"""A progress bar that could not be closed hides it."""
_ENDING = (signal.SIGINT, signal.SIGTERM)

_received: list[int] = []
_leaving = threading.Lock()


def end_when_interrupted() -> None:
    """From now on SIGINT and SIGTERM end this process within two seconds, with one line.

    The first raises `KeyboardInterrupt` or `SystemExit` in the main thread; the second ends the
    process at once. A signal that is ignored, as in the background of a shell, stays so.
    """
    if signal.getsignal(signal.SIGINT) == _raise_once:
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _raise_once)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(read,), name="interrupts", daemon=True).start()


def interrupted_by() -> int | None:
    """The first of the two signals that came; None where none did."""
    return _received[0] if _received else None


def leave(number: int) -> NoReturn:
    """Say how to go on, once, and end the process as a signal of this number has it end.

    At once: what Python does at its own exit, as to wait for threads, takes longer than anybody who
    interrupts is ready to wait.
    """
    with _leaving:  # whoever comes second never gets it
        # Not by `sys.stderr`, whose lock the main thread may hold, nor where nobody reads it.
        if select.select([], [2], [], 0)[1]:
            os.write(2, (_SHOW_CURSOR if os.isatty(2) else b"") + _LINE)
        os._exit(128 + number)


def _raise_once(number: int, frame: FrameType | None) -> None:
    if _received:
        return
    _received.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def _watch(read: int) -> None:
    while (number := os.read(read, 1)[0]) not in _ENDING:  # others have handlers of their own
        pass
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if select.select([read], [], [], left)[0] and os.read(read, 1)[0] in _ENDING:
            break
    leave(number)
