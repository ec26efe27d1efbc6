"""Warm children, and what becomes of a request whose child ends."""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Literal

from evaluators.child_process.child import Child, ChildEnd, OnPart
from evaluators.child_process.serve import Values
from omiti2v.errors import UserError

Cause = Literal["time", "memory", "died"]

MAX_CRASHES = 3
MAX_DEATHS = 10


class CostlyRequestError(Exception):
    """A request that was given up. The message says why, and not what was asked.

    Attributes:
        cause: It used up its `time` or `memory`, or its process `died` again and again.
    """

    def __init__(self, cause: Cause, message: str) -> None:
        super().__init__(message)
        self.cause = cause


class ChildPool:
    """Children of one module: as many as threads ask at once, kept for the next request.

    Args:
        module: Has a function `handle`, a `Handler`.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._interrupts = 0
        self._process = os.getpid()
        self._starts: queue.SimpleQueue[Future[Child]] = queue.SimpleQueue()
        self._starter: threading.Thread | None = None

    def call(
        self,
        request: Mapping[str, Any],
        *,
        descriptors: Sequence[int] = (),
        cpu_seconds: float,
        memory_bytes: int,
        on_part: OnPart = lambda _: None,
    ) -> Values:
        """What a child answers.

        Args:
            request: Of values that JSON has.
            descriptors: Open files that the child is given, eight at most; where one stands is
                shared with it. A request that is asked again gets them as they are by then.
            cpu_seconds: Processor time that it may take; held in whole seconds, rounded up.
            memory_bytes: Address space that it may take, beyond what a fresh child has.
            on_part: Given each part of the answer. A request that is asked again gives its parts
                again, from the first.

        Raises:
            CostlyRequestError: It took more, or ended its process three times.
            KeyboardInterrupt: `interrupt` was called meanwhile.
            RuntimeError: The handler raised something; the message says what.
            UserError: No child can be started.
        """
        limits = {"cpu_seconds": cpu_seconds, "memory_bytes": memory_bytes}
        message = json.dumps({"request": request, **limits}).encode()
        interrupts, crashes, ends, asked = self._interrupts, 0, list[str](), False
        # Those that somebody else ended are no fault of the request, but may not go on for ever.
        while crashes < MAX_CRASHES and len(ends) < MAX_DEATHS:
            child = self._lend(interrupts)
            try:
                reply = child.ask(message, descriptors, on_part)
            except ChildEnd as end:
                if self._interrupts != interrupts:
                    raise KeyboardInterrupt from None
                if end.signal == signal.SIGXCPU:
                    raise CostlyRequestError("time", f"more than {cpu_seconds:g} seconds") from None
                ends.append(str(end))
                crashes += end.is_crash and not end.was_starting
                asked = asked or not end.was_starting
                continue
            finally:
                self._take_back(child)
            if "raised" in reply:
                raise RuntimeError(str(reply["raised"]))
            if "answer" not in reply:
                raise CostlyRequestError("memory", f"more than {memory_bytes} bytes of memory")
            answer: Values = reply["answer"]
            return answer
        how = f"ended {len(ends)} times, the last time by {ends[-1]}"
        if not asked:
            raise UserError(f"a process for {self._module} can't be started: {how}")
        raise CostlyRequestError("died", f"its process {how}")

    def interrupt(self) -> None:
        """Have the calls in flight raise KeyboardInterrupt; later ones are not concerned."""
        with self._lock:
            self._interrupts += 1
            for child in self._busy:
                child.kill()

    def close(self) -> None:
        """Interrupt the calls in flight and end all children."""
        self.interrupt()
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _lend(self, interrupts: int) -> Child:
        with self._lock:
            child = self._idle.pop() if self._idle else None
        child = child or self._started()
        with self._lock:
            self._busy.add(child)
            if self._interrupts != interrupts:
                child.kill()
        return child

    def _take_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if child.is_ready:
                self._idle.append(child)
        if not child.is_ready:
            child.end()

    def _started(self) -> Child:
        self._have_starter()
        future: Future[Child] = Future()
        self._starts.put(future)
        return future.result()

    def _have_starter(self) -> None:
        with self._lock:
            if self._starter is None:
                # The system tells children of the death of the thread that started them, not of its
                # process: one thread starts them all, and never ends.
                self._starter = threading.Thread(target=self._start_children, daemon=True)
                self._starter.start()
                atexit.register(self._at_exit)

    def _start_children(self) -> None:
        while True:
            future = self._starts.get()
            try:
                future.set_result(Child(self._module))
            except OSError as error:
                reason = f"a process for {self._module} can't be started: {error.strerror}"
                future.set_exception(UserError(reason))

    def _at_exit(self) -> None:
        if os.getpid() == self._process:
            self.close()


_POOLS: dict[tuple[int, str], ChildPool] = {}


def child_pool(module: str) -> ChildPool:
    """The children that this process has for `module`; see `ChildPool`."""
    key = os.getpid(), module  # a process that was forked off has children of its own
    return _POOLS.get(key) or _POOLS.setdefault(key, ChildPool(module))


def interrupt_calls() -> None:
    """Have all calls in flight in this process raise KeyboardInterrupt at once."""
    for (process, _), pool in list(_POOLS.items()):
        if process == os.getpid():
            pool.interrupt()
