"""A process of its own for workers, which can neither outlive this one nor keep it waiting."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from evaluators.child_process.serve import die_with_parent

DISCONNECTED = (EOFError, OSError)


class PipedProcess:
    """A process that is told things and says things.

    A thread hears it and another talks to it, for a process that is stopped in the middle of a
    message keeps waiting whoever is at the other end. It dies with the thread that makes this.

    Args:
        target: What it runs, with its end of the connection and `arguments`. None is what it hears
            last.
        arguments: Plain values.
        hear: Called in a thread with what it says, and with None when it is dead.
    """

    def __init__(
        self,
        target: Callable[..., None],
        arguments: tuple[object, ...],
        hear: Callable[[Any], None],
    ) -> None:
        # A fork would copy locks and CUDA's state as they happen to be.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._messages: SimpleQueue[object] = SimpleQueue()
        # Not among what it starts with: that is written to it here, and where it dies or is stopped
        # before it has read more than the system keeps, this process would wait for ever.
        self.tell(pickle.dumps(arguments))
        self._process = context.Process(
            target=_run, args=(os.getpid(), target, theirs), daemon=True
        )
        self._process.start()
        theirs.close()  # or its death would not end the connection
        # The connection is closed when both threads have ended: another file could have its number
        # while one of them is at it.
        threading.Thread(target=_listen, args=(ours, hear), daemon=True).start()
        threading.Thread(target=_talk, args=(ours, self._messages), daemon=True).start()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid or 0

    def tell(self, message: object) -> None:
        """Tell it something; None for the last time."""
        self._messages.put(message)

    def wait(self, seconds: float) -> None:
        """Wait for its end, at most so long."""
        self._process.join(max(0.0, seconds))

    def kill(self) -> None:
        """End it at once, without a wait."""
        self.tell(None)
        self._process.kill()


def _run(parent: int, target: Callable[..., None], connection: Connection) -> None:
    die_with_parent(parent)
    target(connection, *pickle.loads(connection.recv()))  # noqa: S301 (from the parent)


def _listen(connection: Connection, hear: Callable[[Any], None]) -> None:
    with suppress(*DISCONNECTED):
        while True:
            hear(connection.recv())
    hear(None)


def _talk(connection: Connection, messages: SimpleQueue[object]) -> None:
    with suppress(*DISCONNECTED):  # it is dead, which is heard
        while True:
            message = messages.get()
            connection.send(message)
            if message is None:
                return
