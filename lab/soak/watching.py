"""A command run to its end, or to a deadline, and what it left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
_POLL_SECONDS = 0.1
_MEMORY_SECONDS = 0.5
GRACE_SECONDS = 5.0
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (looked at, not written to)


@dataclass
class Watched:
    """What was seen of a command.

    Attributes:
        code: Its exit status; None where it had to be killed at the deadline.
        seconds: That it took.
        memory: Bytes of the command's own process, every half second.
        zombies: The most of its children that were dead and not waited for at one time.
        orphans: Processes of it that lived on for longer than the grace.
    """

    code: int | None = None
    seconds: float = 0.0
    memory: list[int] = field(default_factory=list)
    zombies: int = 0
    orphans: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """The last quarter's median memory, as a multiple of the second quarter's."""
        quarter = len(self.memory) // 4
        if not quarter:
            return 1.0
        return median(self.memory[-quarter:]) / median(self.memory[quarter : 2 * quarter])


def adopt_orphans() -> None:
    """Make processes whose parent dies this one's children, so that none is lost sight of."""
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)


def watch(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    seconds: float,
    tick: Callable[[psutil.Process, float], None],
    kill_after: float | None = None,
    grace: float = GRACE_SECONDS,
) -> Watched:
    """Run a command.

    Args:
        command: Its words.
        env: Its environment.
        log: What it prints is added to this file.
        seconds: After so many it is killed, with all that it has started.
        tick: Called again and again with the command's process and the time.
        kill_after: Seconds after which the command alone is killed.
        grace: Seconds that its processes may live on after it.
    """
    seen, started = Watched(), time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output)
    parent, sampled = psutil.Process(process.pid), 0.0
    while process.poll() is None:
        now = time.monotonic()
        if now - started > seconds:
            _kill(descendants())
            process.wait()
            seen.seconds = now - started
            return seen
        if kill_after is not None and now - started > kill_after:
            process.kill()
            break
        with suppress(psutil.NoSuchProcess):
            if now - sampled > _MEMORY_SECONDS:
                sampled = now
                seen.memory.append(parent.memory_info().rss)
                dead = [one for one in parent.children() if _is_zombie(one)]
                seen.zombies = max(seen.zombies, len(dead))
            tick(parent, now)
        time.sleep(_POLL_SECONDS)
    seen.code, seen.seconds = process.wait(), time.monotonic() - started
    seen.orphans = _orphans(grace)
    return seen


def descendants() -> list[psutil.Process]:
    """All processes below this one that live; those that are dead are waited for."""
    living = []
    for one in psutil.Process().children(recursive=True):
        if _is_zombie(one):
            with suppress(ChildProcessError):
                os.waitpid(one.pid, os.WNOHANG)
        else:
            living.append(one)
    return living


def _orphans(grace: float) -> list[str]:
    """Who lives on for too long, by its command line; they are killed then."""
    deadline = time.monotonic() + grace
    while (left := descendants()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    named = []
    for one in left:
        with suppress(psutil.Error):
            named.append(f"{one.status()}: {' '.join(one.cmdline())[:200]}")
    _kill(left)
    return named


def _kill(processes: Sequence[psutil.Process]) -> None:
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGKILL)


def _is_zombie(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def shared_memory() -> set[str]:
    """Names in shared memory."""
    return {entry.name for entry in SHARED_MEMORY.iterdir()} if SHARED_MEMORY.is_dir() else set()


def in_nobodys_hands(names: set[str]) -> set[str]:
    """Those of the names in shared memory that no process has mapped or open."""
    held = ""
    for process in psutil.process_iter():
        with suppress(OSError):
            held += Path(f"/proc/{process.pid}/maps").read_text()
            opened = Path(f"/proc/{process.pid}/fd").iterdir()
            held += " ".join(str(one.readlink()) for one in opened)
    return {name for name in names & shared_memory() if str(SHARED_MEMORY / name) not in held}
