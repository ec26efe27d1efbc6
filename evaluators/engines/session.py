"""A session of processes that ends with its leader, whatever the others would rather do."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

_DEATH_SECONDS = 3.0


def lead_session() -> None:
    """Start a session, away from the terminal's signals, whose processes die when this one has.

    A process of its own waits for that: this one may be killed. To be called before there are
    other threads.
    """
    os.setsid()
    leader = os.getpid()
    alive, _ = os.pipe()  # the other end is closed when this process has ended, and not before
    if os.fork():
        os.close(alive)
        return
    try:
        os.setpgid(0, 0)  # to kill the others as a group
        os.dup2(alive, 0)
        os.closerange(1, os.sysconf("SC_OPEN_MAX"))
        os.read(0, 1)
        kill_session(leader)
    finally:
        os._exit(0)


def kill_session(leader: int) -> None:
    """Kill all processes of a session but this one, whatever became of their parents.

    Waits for their end, but not long: one that hangs in a dead disk dies when it comes back.
    """
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    deadline = time.monotonic() + _DEATH_SECONDS
    while (left := _others_in(leader)) and time.monotonic() < deadline:
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)


def _others_in(session: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, its = (entry / "stat").read_bytes().rpartition(b")")[2].split()[:4]
            if int(its) == session and state not in b"ZX":
                found.append(int(entry.name))
    return [process for process in found if process != os.getpid()]
