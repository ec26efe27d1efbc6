"""What the engines with many workers share: who is there, who died, and what comes back."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice

from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.task_queue import TaskQueue
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.engines.vigil import Patience, Vigil
from evaluators.engines.worker_setup import WorkerInfo
from evaluators.judges import Usage
from evaluators.metrics import Metric
from omiti2v.errors import UserError

logger = logging.getLogger(__name__)

MAX_STARTS = 3
"""Workers in a row that may die before one was opened."""
MAX_RESTARTS = 10
"""Workers in a row that may die while they open what others have opened before."""


@dataclass(frozen=True)
class WorkerResult:
    """What a worker sends: results, and its judge's tokens from its start."""

    batch: ResultBatch
    usage: Usage | None


@dataclass(frozen=True)
class Heartbeat:
    """What a worker says now and then, so that one that hangs is noticed.

    Attributes:
        process: Its number, on its machine.
    """

    process: int


WorkerMessage = WorkerInfo | WorkerResult | Heartbeat | Exception | None
"""A worker's first words, its results, that it lives, why it can't go on, or None where it has
died."""


class WorkerPoolEngine(Engine):
    """A pool of workers that each have a judge and metrics of their own.

    A worker that dies is replaced, and its videos are given to others; see `TaskQueue`. So is one
    that is silent for too long, after it was killed.

    Args:
        size: How many workers.
        patience: When one is given up.

    Raises:
        UserError: A worker can't open the judge or a metric, or three died while they tried.
    """

    batches_per_worker = 2
    """How many times as many tasks as its judge takes at once a worker may have: those that are
    judged, and those that are read meanwhile."""

    def __init__(self, size: int, patience: Patience) -> None:
        self._size = size
        self._vigil = Vigil(patience)
        self._worker_ids = count()
        self._slots: dict[int, int] = {}
        self._infos: dict[int, WorkerInfo] = {}
        self._used: dict[int, Usage] = {}
        self._failed_starts = 0
        self._most_failed_starts = MAX_STARTS
        try:
            self._add_workers()
            while not self._infos:
                self._collect(busy=())
        except BaseException:
            self._abandon()
            self.close()
            raise
        self._info = next(iter(self._infos.values()))

    @abstractmethod
    def _start(self, worker_id: int, slot: int) -> None:
        """Start a worker, in one of the slots 0 to size - 1; its info is to come."""

    @abstractmethod
    def _send(self, worker_id: int, tasks: Sequence[VideoTask]) -> None:
        """Give tasks to a worker; it may be dead."""

    @abstractmethod
    def _messages(self) -> list[tuple[int, WorkerMessage]]:
        """Wait about `LOOK_SECONDS` for what workers have to say; each death is told once."""

    @abstractmethod
    def _kill(self, worker_id: int) -> None:
        """End a worker at once, without a wait for it; of its messages none comes any more."""

    @abstractmethod
    def _is_stopped(self, worker_id: int) -> bool:
        """Whether it is known that a worker's process is stopped."""

    @property
    def judge(self) -> JudgeInfo | None:
        return self._info.judge

    @property
    def metrics(self) -> Sequence[Metric]:
        return self._info.metrics

    @property
    def usage(self) -> Usage | None:
        """See `Engine`; what a worker did between its last message and its death is not in it."""
        return sum(self._used.values(), Usage()) if self._used else None

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        try:
            yield from self._run(tasks)
        except BaseException:
            # Nobody wants what they are at, and a next run must not be told of it.
            self._abandon()
            raise

    def _run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        if not self._slots:
            self._add_workers()
        clips = self._info.batch_clips
        per_worker = self.batches_per_worker * clips
        queue = TaskQueue(tasks, workers=self._size, per_worker=per_worker)
        while not queue.finished:
            for worker_id in list(self._infos):
                while batch := list(islice(iter(lambda: queue.get(worker_id), None), clips)):  # noqa: B023
                    self._send(worker_id, batch)
            for worker_id, result in self._collect(queue.busy):
                if result is None:
                    failures = queue.requeue(worker_id)
                    if failures:
                        yield ResultBatch(failures, {})
                    continue
                for one in result.batch.results:
                    queue.record(worker_id, one)
                yield result.batch

    def _abandon(self) -> None:
        """End all workers at once."""
        for worker_id in list(self._slots):
            self._kill(worker_id)
            self._vigil.forget(worker_id)
        self._slots.clear()
        self._infos.clear()

    def _add_workers(self) -> None:
        for slot in range(self._size):
            self._add_worker(slot)

    def _add_worker(self, slot: int) -> None:
        worker_id = next(self._worker_ids)
        self._slots[worker_id] = slot
        self._start(worker_id, slot)

    def _collect(self, busy: Collection[int]) -> list[tuple[int, WorkerResult | None]]:
        """Results and deaths; new workers are registered and dead ones replaced on the way."""
        collected: list[tuple[int, WorkerResult | None]] = []
        for worker_id, message in self._messages():
            if isinstance(message, Exception):
                raise message
            if message is None:
                self._replace(worker_id, "died")
                collected.append((worker_id, None))
                continue
            self._vigil.heard(worker_id, progress=isinstance(message, WorkerResult))
            if isinstance(message, WorkerInfo):
                self._register(worker_id, message)
            elif isinstance(message, WorkerResult):
                if message.usage:
                    self._used[worker_id] = message.usage
                collected.append((worker_id, message))
        for worker_id, reason in self._vigil.overdue(busy, self._is_stopped):
            self._kill(worker_id)
            self._replace(worker_id, reason)
            collected.append((worker_id, None))
        return collected

    def _register(self, worker_id: int, info: WorkerInfo) -> None:
        self._failed_starts = 0
        self._most_failed_starts = MAX_RESTARTS
        for other in self._infos.values():
            if _identity(other) != _identity(info):
                raise UserError(
                    "the workers opened judges or metrics that differ; give all machines the same "
                    "weights and package versions"
                )
        self._infos[worker_id] = info

    def _replace(self, worker_id: int, reason: str) -> None:
        self._vigil.forget(worker_id)
        if self._infos.pop(worker_id, None) is None:
            self._failed_starts += 1
            if self._failed_starts == self._most_failed_starts:
                raise UserError(
                    f"{self._failed_starts} workers died while they opened the judge and the "
                    "metrics; is there memory for so many?"
                )
        logger.warning("worker %d %s; another takes its place", worker_id, reason)
        self._add_worker(self._slots.pop(worker_id))


def _identity(info: WorkerInfo) -> tuple[str | None, list[tuple[str, str]]]:
    fingerprint = info.judge.fingerprint if info.judge else None
    return fingerprint, [(q.name, m.version) for m in info.metrics for q in m.quantities]
