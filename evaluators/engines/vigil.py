"""Who is silent for too long: workers that were stopped, that hang, or that get nothing done."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

LOOK_SECONDS = 1.0
"""How often is looked, at least."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """After how many seconds a worker is given up.

    Attributes:
        stopped: Of silence, where the system says that it was stopped, as by SIGSTOP.
        silent: Of silence. A call that holds the interpreter's lock silences it too, as where a
            big model is read from a slow disk.
        idle: Without a result, though it has tasks and its heart beats. A video takes minutes
            where a large model runs on a CPU.
    """

    stopped: float = 20.0
    silent: float = 120.0
    idle: float = 3600.0


@dataclass
class _Watched:
    silent: float = 0.0
    idle: float = 0.0


class Vigil:
    """Counts how long each worker is silent.

    Only while this process looks: one that was stopped together with its workers, and goes on with
    them, must not take them for dead.

    Args:
        patience: How long each may be.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._watched: dict[int, _Watched] = {}
        self._looked = time.monotonic()

    def heard(self, worker: int, *, progress: bool) -> None:
        """Note that a worker gave a sign; from its first one on it is watched.

        Args:
            worker: Which.
            progress: Whether it got something done.
        """
        watched = self._watched.setdefault(worker, _Watched())
        watched.silent = 0.0
        if progress:
            watched.idle = 0.0

    def forget(self, worker: int) -> None:
        """Watch it no more."""
        self._watched.pop(worker, None)

    def overdue(
        self, busy: Collection[int], is_stopped: Callable[[int], bool]
    ) -> list[tuple[int, str]]:
        """Who is to be given up, and why.

        Args:
            busy: Those that have tasks.
            is_stopped: Whether a worker is there and stopped.
        """
        now = time.monotonic()
        step, self._looked = min(now - self._looked, 2 * LOOK_SECONDS), now
        found = []
        for worker, watched in self._watched.items():
            watched.silent += step
            watched.idle = watched.idle + step if worker in busy else 0.0
            if watched.silent > self._patience.silent:
                found.append((worker, f"was silent for {watched.silent:.0f} s"))
            elif watched.silent > self._patience.stopped and is_stopped(worker):
                found.append((worker, "was stopped"))
            elif watched.idle > self._patience.idle:
                found.append((worker, f"got nothing done for {watched.idle:.0f} s"))
        return found


def is_stopped(process: int) -> bool:
    """Whether a process of this machine is stopped; False where that can't be seen."""
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[0] in (b"T", b"t")
