"""Who does what: tasks handed to workers one by one, and handed out again where a worker died."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from evaluators.engines.tasks import VideoResult, VideoTask

MOST_DEATHS = 3


@dataclass
class _Held:
    task: VideoTask
    deaths: int


class Shares:
    """The tasks of a run, and the workers that have them.

    A worker is given a task whenever it has room, so that a fast one gets more, and towards the end
    none is given a second one while another has none. The tasks of a worker that died are suspects:
    they are handed out once more when there are no others, each to a worker that has nothing else,
    so that the next death has one cause. A task that was there at three deaths is given up.

    Args:
        tasks: Drawn as they are needed, a bounded number ahead.
        workers: How many there are.
        most: How many tasks a worker may have at once.
    """

    def __init__(self, tasks: Iterable[VideoTask], *, workers: int, most: int) -> None:
        self._tasks = iter(tasks)
        self._workers = workers
        self._most = most
        self._fresh: deque[VideoTask] = deque()
        self._suspects: deque[_Held] = deque()
        self._held: dict[Hashable, dict[str, _Held]] = {}
        self._look_ahead()

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do or being done."""
        return not (self._fresh or self._suspects or any(self._held.values()))

    def take(self, worker: Hashable) -> VideoTask | None:
        """The next task for a worker; None where it has enough, or there is none for it now."""
        hand = self._held.setdefault(worker, {})
        if any(held.deaths for held in hand.values()):
            return None
        if self._fresh:
            if len(hand) >= min(
                self._most, math.ceil((len(self._fresh) + len(hand)) / self._workers)
            ):
                return None
            held = _Held(self._fresh.popleft(), 0)
            self._look_ahead()
        elif self._suspects and not hand:
            held = self._suspects.popleft()
        else:
            return None
        hand[held.task.sample.id] = held
        return held.task

    def record(self, worker: Hashable, result: VideoResult) -> None:
        """Note what came back from a worker: of a part that is done, nothing is done again."""
        hand = self._held[worker]
        if result.complete:
            del hand[result.sample_id]
            return
        held = hand[result.sample_id]
        left = tuple(name for name in held.task.metrics if name not in result.measured)
        held.task = replace(held.task, look=False, questions=(), metrics=left)

    def lost(self, worker: Hashable) -> list[VideoResult]:
        """Take back the tasks of a worker that died.

        Returns:
            The failures of those that are given up.
        """
        failures = []
        for held in self._held.pop(worker, {}).values():
            held.deaths += 1
            if held.deaths < MOST_DEATHS:
                self._suspects.append(held)
                continue
            reason = f"{MOST_DEATHS} workers died while they had this video; it was given up"
            failures.append(
                VideoResult(sample_id=held.task.sample.id, failure=f"{held.task.file}: {reason}")
            )
        return failures

    def _look_ahead(self) -> None:
        # As many as all workers can have: enough to see the end come.
        while len(self._fresh) < self._workers * self._most:
            task = next(self._tasks, None)
            if task is None:
                return
            self._fresh.append(task)
