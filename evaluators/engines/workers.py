"""The engine of many processes on one machine: each opens its own judge, on its own device."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue

from evaluators.engines.local import Pipeline, usage_of
from evaluators.engines.piped_process import DISCONNECTED, PipedProcess
from evaluators.engines.tasks import VideoTask
from evaluators.engines.vigil import LOOK_SECONDS, Patience, is_stopped
from evaluators.engines.worker_pool import (
    Heartbeat,
    WorkerMessage,
    WorkerPoolEngine,
    WorkerResult,
)
from evaluators.engines.worker_setup import WorkerInfo, WorkerSetup
from omiti2v.errors import UserError, one_line
from omiti2v.held_folder import remove_abandoned

_JOIN_SECONDS = 5.0
_DEATH_SECONDS = 0.5
_BEAT_SECONDS = 2.0


class WorkerEngine(WorkerPoolEngine):
    """Worker processes of this machine.

    Args:
        setup: What each opens.
        devices: The device of each; None leaves it to the arguments in `setup`.
        patience: When one is given up.

    Raises:
        UserError: As for `WorkerPoolEngine`.
    """

    # A worker looks for tasks between two batches, so the next ones must be there by then: while
    # one batch is judged another is read, and a third is on its way.
    batches_per_worker = 3

    def __init__(
        self,
        setup: WorkerSetup,
        devices: Sequence[str | None],
        *,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
    ) -> None:
        self._setup = setup
        self._devices = devices
        self._workers: dict[int, PipedProcess] = {}
        self._killed: list[PipedProcess] = []
        self._heard: SimpleQueue[tuple[int, WorkerMessage]] = SimpleQueue()
        super().__init__(len(devices), patience)

    def close(self) -> None:
        """End the workers; one that is busy is killed."""
        for worker in self._workers.values():
            worker.tell(None)
        deadline = time.monotonic() + _JOIN_SECONDS
        for worker in self._workers.values():
            worker.wait(deadline - time.monotonic())
        for worker_id in list(self._workers):
            self._kill(worker_id)
        deadline = time.monotonic() + _DEATH_SECONDS
        for worker in self._killed:
            # One that hangs in a dead disk dies when it comes back from there.
            worker.wait(deadline - time.monotonic())
        remove_abandoned()

    def _start(self, worker_id: int, slot: int) -> None:
        threads = max(1, (os.cpu_count() or 1) // len(self._devices))
        level = logging.getLogger().level
        self._workers[worker_id] = PipedProcess(
            _work,
            (self._setup, self._devices[slot], threads, level),
            lambda message: self._heard.put((worker_id, message)),
        )
        self._vigil.heard(worker_id, progress=False)

    def _send(self, worker_id: int, tasks: Sequence[VideoTask]) -> None:
        for task in tasks:  # one by one: it need take no more than it has room for
            self._workers[worker_id].tell(task)

    def _messages(self) -> list[tuple[int, WorkerMessage]]:
        try:
            worker_id, message = self._heard.get(timeout=LOOK_SECONDS)
        except Empty:
            return []
        if worker_id not in self._workers:  # killed meanwhile: its videos are with others
            return []
        if message is None:
            # A process that closed its end and lives on would be no use either.
            self._kill(worker_id)
        return [(worker_id, message)]

    def _kill(self, worker_id: int) -> None:
        if worker := self._workers.pop(worker_id, None):
            worker.kill()
            self._killed.append(worker)

    def _is_stopped(self, worker_id: int) -> bool:
        return is_stopped(self._workers[worker_id].pid)


def _work(
    connection: Connection,
    setup: WorkerSetup,
    device: str | None,
    threads: int,
    log_level: int,
) -> None:
    """What a worker process runs."""
    logging.basicConfig(level=log_level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to act on
    # Before torch is imported: all workers together have one machine's threads.
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    lock = threading.Lock()

    def say(message: WorkerMessage) -> None:
        with lock:
            connection.send(message)

    def beat() -> None:
        with suppress(*DISCONNECTED):
            while True:
                say(Heartbeat(os.getpid()))
                time.sleep(_BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True).start()
    with suppress(*DISCONNECTED):  # the parent is done, or dead
        try:
            examiner = setup.examiner(device)
        except Exception as error:
            say(_sendable(error))
            return
        say(WorkerInfo.of(examiner))
        with Pipeline(examiner) as pipeline:
            while True:
                while pipeline.idle or (pipeline.has_room and connection.poll()):
                    task = connection.recv()
                    if task is None:
                        return
                    pipeline.submit(task)
                try:
                    batch = pipeline.take()
                except Exception as error:
                    say(_sendable(error))
                    return
                if batch.results:
                    say(WorkerResult(batch, usage_of(examiner.judge)))


def _sendable(error: Exception) -> Exception:
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 (what was pickled just now)
    except Exception:
        return UserError(f"a worker can't go on: {one_line(error)}")
    return error if isinstance(copy, Exception) else UserError(one_line(error))
