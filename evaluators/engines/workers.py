"""The engine of many processes on one machine: each opens its own judge, on its own device."""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from evaluators.engines.local import Pipeline, usage_of
from evaluators.engines.tasks import VideoTask
from evaluators.engines.worker_pool import WorkerMessage, WorkerPoolEngine, WorkerResult
from evaluators.engines.worker_setup import WorkerInfo, WorkerSetup
from omiti2v.errors import UserError, one_line

_DISCONNECTED = (EOFError, OSError)
_JOIN_SECONDS = 5.0


@dataclass(frozen=True)
class _Worker:
    process: SpawnProcess
    connection: Connection

    def end(self, patience: float) -> None:
        """Wait so many seconds for the process to end, then kill it."""
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class WorkerEngine(WorkerPoolEngine):
    """Worker processes of this machine.

    Args:
        setup: What each opens.
        devices: The device of each; None leaves it to the arguments in `setup`.

    Raises:
        UserError: As for `WorkerPoolEngine`.
    """

    # A worker looks for tasks between two batches, so the next ones must be there by then: while
    # one batch is judged another is read, and a third is on its way.
    batches_per_worker = 3

    def __init__(self, setup: WorkerSetup, devices: Sequence[str | None]) -> None:
        self._setup = setup
        self._devices = devices
        self._workers: dict[int, _Worker] = {}
        super().__init__(len(devices))

    def close(self) -> None:
        """End the workers; one that is busy is killed."""
        for worker in self._workers.values():
            worker.connection.close()
        deadline = time.monotonic() + _JOIN_SECONDS
        for worker in self._workers.values():
            worker.end(max(0.0, deadline - time.monotonic()))
        self._workers.clear()

    def _start(self, worker_id: int, slot: int) -> None:
        # A fork would copy locks and CUDA's state as they happen to be.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        threads = max(1, (os.cpu_count() or 1) // len(self._devices))
        level = logging.getLogger().level
        process = context.Process(
            target=_work,
            args=(theirs, self._setup, self._devices[slot], threads, level),
            daemon=True,
        )
        process.start()
        theirs.close()  # or its death would not end the connection
        self._workers[worker_id] = _Worker(process, ours)

    def _send(self, worker_id: int, tasks: Sequence[VideoTask]) -> None:
        with suppress(*_DISCONNECTED):  # dead: the next message says so
            for task in tasks:  # one by one, so that it need take no more than it has room for
                self._workers[worker_id].connection.send(task)

    def _messages(self) -> list[tuple[int, WorkerMessage]]:
        by_connection = {
            worker.connection: worker_id for worker_id, worker in self._workers.items()
        }
        return [
            (by_connection[ready], self._receive(by_connection[ready]))
            for ready in wait(list(by_connection))
            if isinstance(ready, Connection)
        ]

    def _receive(self, worker_id: int) -> WorkerMessage:
        worker = self._workers[worker_id]
        try:
            message: WorkerMessage = worker.connection.recv()
        except _DISCONNECTED:
            del self._workers[worker_id]
            worker.connection.close()
            # A process that closed its end and lives on would be no use either.
            worker.end(0.0)
            return None
        return message


def _work(
    connection: Connection, setup: WorkerSetup, device: str | None, threads: int, log_level: int
) -> None:
    """What a worker process runs."""
    logging.basicConfig(level=log_level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to act on
    # Before torch is imported: all workers together have one machine's threads.
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    with suppress(*_DISCONNECTED):  # the parent is done, or dead
        try:
            examiner = setup.examiner(device)
        except Exception as error:
            connection.send(_sendable(error))
            return
        connection.send(WorkerInfo.of(examiner))
        with Pipeline(examiner) as pipeline:
            while True:
                while pipeline.idle or (pipeline.has_room and connection.poll()):
                    pipeline.submit(connection.recv())
                try:
                    batch = pipeline.take()
                except Exception as error:
                    connection.send(_sendable(error))
                    return
                if batch.results:
                    connection.send(WorkerResult(batch, usage_of(examiner.judge)))


def _sendable(error: Exception) -> Exception:
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 (what was pickled just now)
    except Exception:
        return UserError(f"a worker can't go on: {one_line(error)}")
    return error if isinstance(copy, Exception) else UserError(one_line(error))
