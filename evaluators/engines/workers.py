"""The engine of many processes on one machine: each opens its own judge, on its own device."""

from __future__ import annotations

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

from evaluators.engines.crew import CrewEngine, Done, Message
from evaluators.engines.local import Pipeline, usage_of
from evaluators.engines.tasks import VideoTask
from evaluators.engines.worker_setup import WorkerInfo, WorkerSetup
from omiti2v.errors import UserError
from omiti2v.responses import as_reason

_GONE = (EOFError, OSError)
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class _Worker:
    process: SpawnProcess
    connection: Connection


class WorkerEngine(CrewEngine):
    """Worker processes of this machine.

    Args:
        opening: What each opens.
        devices: The device of each; None leaves it to the arguments in `opening`.

    Raises:
        UserError: As for `CrewEngine`.
    """

    # A worker looks for tasks between two batches, so the next ones must be there by then: while
    # one batch is judged another is read, and a third is on its way.
    rounds = 3

    def __init__(self, opening: WorkerSetup, devices: Sequence[str | None]) -> None:
        self._opening = opening
        self._devices = devices
        self._workers: dict[int, _Worker] = {}
        super().__init__(len(devices))

    @property
    def processes(self) -> list[int]:
        """The ids of the workers' processes."""
        return [w.process.pid for w in self._workers.values() if w.process.pid is not None]

    def close(self) -> None:
        """End the workers; one that is busy is killed."""
        for worker in self._workers.values():
            worker.connection.close()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for worker in self._workers.values():
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()
        self._workers.clear()

    def _start(self, serial: int, place: int) -> None:
        # A fork would copy locks and CUDA's state as they happen to be.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        threads = max(1, (os.cpu_count() or 1) // len(self._devices))
        process = context.Process(
            target=_work, args=(theirs, self._opening, self._devices[place], threads), daemon=True
        )
        process.start()
        theirs.close()  # or its death would not end the connection
        self._workers[serial] = _Worker(process, ours)

    def _send(self, serial: int, tasks: Sequence[VideoTask]) -> None:
        with suppress(*_GONE):  # dead: the next news say so
            for task in tasks:  # one by one, so that it need take no more than it has room for
                self._workers[serial].connection.send(task)

    def _news(self) -> list[tuple[int, Message]]:
        by_connection = {worker.connection: serial for serial, worker in self._workers.items()}
        return [
            (by_connection[ready], self._receive(by_connection[ready]))
            for ready in wait(list(by_connection))
            if isinstance(ready, Connection)
        ]

    def _receive(self, serial: int) -> Message:
        worker = self._workers[serial]
        try:
            message: Message = worker.connection.recv()
        except _GONE:
            del self._workers[serial]
            worker.connection.close()
            # A process that closed its end and lives on would be no use either.
            worker.process.kill()
            worker.process.join()
            worker.process.close()
            return None
        return message


def _work(connection: Connection, opening: WorkerSetup, device: str | None, threads: int) -> None:
    """A worker's life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to act on
    # Before torch is imported: all workers together have one machine's threads.
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    with suppress(*_GONE):  # the parent is done, or dead
        try:
            examiner = opening.examiner(device)
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
                    connection.send(Done(batch, usage_of(examiner.judge)))


def _sendable(error: Exception) -> Exception:
    try:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 (what was pickled just now)
    except Exception:
        return UserError(f"a worker can't go on: {as_reason(error)}")
    return error if isinstance(copy, Exception) else UserError(as_reason(error))
