"""Which worker does which task: handed out one by one, and again where a worker died."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from evaluators.engines.tasks import VideoResult, VideoTask

MAX_DEATHS = 10
"""Most are others' doing: what a video may do to a process, it does to the one that decodes it."""


@dataclass
class _InFlight:
    task: VideoTask
    deaths: int = 0


class TaskQueue:
    """The tasks of a run: those that wait, and those that each worker has in flight.

    A worker is given a task whenever it has room, so that a fast one gets more, and towards the end
    none is given a second one while another has none. The tasks of a worker that died are retried
    when there are no others, each by a worker that has nothing else, so that the next death has one
    cause. A task that was in flight at `MAX_DEATHS` deaths is given up.

    Args:
        tasks: Drawn as they are needed, a bounded number ahead.
        workers: How many there are.
        per_worker: How many tasks a worker may have at once.
    """

    def __init__(self, tasks: Iterable[VideoTask], *, workers: int, per_worker: int) -> None:
        self._tasks = iter(tasks)
        self._workers = workers
        self._per_worker = per_worker
        self._waiting: deque[VideoTask] = deque()
        self._retries: deque[_InFlight] = deque()
        self._in_flight: dict[int, dict[str, _InFlight]] = {}
        self._read_ahead()

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do or being done."""
        return not (self._waiting or self._retries or any(self._in_flight.values()))

    @property
    def busy(self) -> set[int]:
        """The workers that have tasks."""
        return {worker for worker, mine in self._in_flight.items() if mine}

    def get(self, worker: int) -> VideoTask | None:
        """The next task for a worker; None where it has enough, or there is none for it now."""
        mine = self._in_flight.setdefault(worker, {})
        if self._waiting:
            fair = math.ceil((len(self._waiting) + len(mine)) / self._workers)
            if len(mine) >= min(self._per_worker, fair):
                return None
            one = _InFlight(self._waiting.popleft())
            self._read_ahead()
        elif self._retries and not mine:
            # Once nothing waits nothing will: a worker that retries is given nothing beside it.
            one = self._retries.popleft()
        else:
            return None
        mine[one.task.video_id] = one
        return one.task

    def record(self, worker: int, result: VideoResult) -> None:
        """Note what came back from a worker: of a part that is done, nothing is done again."""
        mine = self._in_flight[worker]
        if result.complete:
            del mine[result.video_id]
            return
        one = mine[result.video_id]
        left = tuple(name for name in one.task.metrics if name not in result.measured)
        one.task = replace(one.task, check=False, questions=(), metrics=left)

    def requeue(self, worker: int) -> list[VideoResult]:
        """Take back the tasks of a worker that died.

        Returns:
            The failures of those that are given up.
        """
        failures = []
        for one in self._in_flight.pop(worker, {}).values():
            one.deaths += 1
            if one.deaths < MAX_DEATHS:
                self._retries.append(one)
                continue
            reason = f"{MAX_DEATHS} workers died while they had this video; it was given up"
            failures.append(
                VideoResult(video_id=one.task.video_id, failure=f"{one.task.file}: {reason}")
            )
        return failures

    def _read_ahead(self) -> None:
        # As many as all workers can have: enough to see the end come.
        while len(self._waiting) < self._workers * self._per_worker:
            task = next(self._tasks, None)
            if task is None:
                return
            self._waiting.append(task)
