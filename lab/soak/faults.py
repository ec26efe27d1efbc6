"""Signals to the processes that a command has started: never to the command itself."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

import psutil

Role = Literal["worker", "decoder"]

SPAWNED = "multiprocessing.spawn import"
SIGNALS = ("SIGKILL", "SIGSTOP", "SIGSEGV")


class Faults:
    """Sends random signals at random times.

    Args:
        signals: Which; by their names, as "SIGKILL".
        seed: Of which comes when, and of who gets it.
        pause: Mean seconds between two signals; from a tenth of it to nearly twice as much.
        ray: Whether the workers are Ray's; its servers, and the process that speaks with them, are
            spared, as a run can't do without.
    """

    def __init__(
        self,
        *,
        signals: Sequence[str] = SIGNALS,
        seed: int,
        pause: float,
        ray: bool = False,
    ) -> None:
        self._mark = "ray::_Actor" if ray else SPAWNED
        self._signals = [signal.Signals[name] for name in signals]
        self._rng = random.Random(seed)
        self._pause = pause
        self._next = 0.0
        self._progress = 0
        self.sent: Counter[str] = Counter()

    def start_over(self, progress: int) -> None:
        """A command starts, at this progress; see `tick`."""
        self._progress = progress

    def tick(self, command: psutil.Process, now: float, progress: int) -> None:
        """Send a signal if it is time, and there is a process to send it to.

        Args:
            command: Whose processes.
            now: In seconds.
            progress: Grows as the command gets on. Between two signals to workers it has to: where
                all of them are still starting, the next signal to one would only bring the next
                start, on a slow machine for ever.
        """
        if now < self._next:
            return
        by_role: dict[Role, list[psutil.Process]] = {}
        for process in command.children(recursive=True):
            if found := role_of(process, worker=self._mark):
                by_role.setdefault(found, []).append(process)
        if progress <= self._progress:
            by_role.pop("worker", None)
        if not by_role:
            return
        role: Role = self._rng.choice(sorted(by_role))
        victim, number = self._rng.choice(by_role[role]), self._rng.choice(self._signals)
        with suppress(psutil.NoSuchProcess):
            victim.send_signal(number)
            self.sent[f"{number.name} to a {role}"] += 1
            if role == "worker":
                self._progress = progress
        self._wait(now)

    def _wait(self, now: float) -> None:
        self._next = now + self._rng.uniform(0.1, 1.9) * self._pause


def role_of(process: psutil.Process, *, worker: str = SPAWNED) -> Role | None:
    """What a process does; None for any other, and for one that is dead or stopped: nobody but the
    command is to end that.

    Args:
        process: Any.
        worker: In a worker's command line.
    """
    with suppress(psutil.Error):
        line = " ".join(process.cmdline())
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_STOPPED):
            return None
        if worker in line:
            return "worker"
        if "evaluators.child_process" in line:
            return "decoder"
    return None
