"""A pool of workers, without processes: who is met, who is replaced, and what ends a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import pytest

from evaluators.engines.tasks import ResultBatch, VideoResult, VideoTask
from evaluators.engines.vigil import Patience
from evaluators.engines.worker_pool import WorkerMessage, WorkerPoolEngine, WorkerResult
from evaluators.engines.worker_setup import WorkerInfo
from evaluators.judges import Usage
from evaluators.metrics import MODEL_FREE_METRICS
from omiti2v.errors import UserError
from omiti2v.samples import Sample

DIED = None


class ScriptedPool(WorkerPoolEngine):
    """Workers that say what a script has them say, in the order in which they are spoken to.

    Args:
        on_start: What a worker says first, by its number; a card where not given.
        on_tasks: What a worker answers to tasks, by its number; all done where not given.
    """

    def __init__(
        self,
        size: int,
        *,
        on_start: dict[int, WorkerMessage] | None = None,
        on_tasks: dict[int, WorkerMessage] | None = None,
    ) -> None:
        self.on_start, self.on_tasks = on_start or {}, on_tasks or {}
        self.started: list[tuple[int, int]] = []
        self.sent: list[tuple[int, list[str]]] = []
        self.killed: list[int] = []
        self.closed = False
        self._said: deque[tuple[int, WorkerMessage]] = deque()
        super().__init__(size, Patience())

    def _start(self, worker_id: int, slot: int) -> None:
        self.started.append((worker_id, slot))
        card = WorkerInfo(judge=None, metrics=MODEL_FREE_METRICS, batch_clips=1)
        self._said.append((worker_id, self.on_start.get(worker_id, card)))

    def _send(self, worker_id: int, tasks: Sequence[VideoTask]) -> None:
        names = [task.sample.id for task in tasks]
        self.sent.append((worker_id, names))
        if worker_id in self.on_tasks:
            self._said.append((worker_id, self.on_tasks.pop(worker_id)))
            return
        results = [VideoResult(video_id=name) for name in names]
        # As a worker does, from its start.
        usage = Usage(clips=sum(len(names) for who, names in self.sent if who == worker_id))
        self._said.append((worker_id, WorkerResult(ResultBatch(results, {}), usage)))

    def _messages(self) -> list[tuple[int, WorkerMessage]]:
        worker_id, message = self._said.popleft()
        if message is DIED:
            # What a worker has not said by its death it never says.
            self._said = deque(one for one in self._said if one[0] != worker_id)
        return [(worker_id, message)]

    def _kill(self, worker_id: int) -> None:
        self.killed.append(worker_id)
        self._said = deque(one for one in self._said if one[0] != worker_id)

    def _is_stopped(self, worker_id: int) -> bool:
        return False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def tasks(make_samples: Callable[..., tuple[Sample, ...]]) -> list[VideoTask]:
    return [
        VideoTask(sample=sample, location=sample.id, file=sample.id, digest="0" * 64, check=True)
        for sample in make_samples(5)
    ]


def done(pool: ScriptedPool, tasks: list[VideoTask]) -> dict[str, str | None]:
    results = [result for batch in pool.run(tasks) for result in batch.results]
    assert len({result.video_id for result in results}) == len(results)
    return {result.video_id: result.failure for result in results}


def test_every_task_is_done_once_by_workers_that_opened_the_same(tasks: list[VideoTask]) -> None:
    pool = ScriptedPool(2)
    assert pool.judge is None
    assert pool.metrics == MODEL_FREE_METRICS
    assert done(pool, tasks) == {task.sample.id: None for task in tasks}
    assert {worker for worker, _ in pool.sent} == {0, 1}
    assert pool.usage == Usage(clips=5)


def test_a_worker_that_dies_is_replaced_in_its_slot_and_its_tasks_are_done(
    tasks: list[VideoTask],
) -> None:
    pool = ScriptedPool(2, on_tasks={1: DIED})
    assert done(pool, tasks) == {task.sample.id: None for task in tasks}
    assert pool.started == [(0, 0), (1, 1), (2, 1)]


def test_a_task_that_kills_ten_workers_fails_alone(tasks: list[VideoTask]) -> None:
    pool = ScriptedPool(1, on_tasks=dict.fromkeys(range(10), DIED))
    found = done(pool, tasks[:1])
    assert "10 workers died while they had this video" in str(found["s000"])


def test_three_deaths_before_anything_is_opened_end_the_run() -> None:
    with pytest.raises(UserError, match="3 workers died while they opened the judge"):
        ScriptedPool(1, on_start=dict.fromkeys(range(3), DIED))


def test_a_worker_that_opens_between_deaths_makes_them_count_anew(tasks: list[VideoTask]) -> None:
    pool = ScriptedPool(1, on_start=dict.fromkeys((0, 1, 3, 4), DIED), on_tasks={2: DIED})
    assert done(pool, tasks) == {task.sample.id: None for task in tasks}
    assert [worker for worker, _ in pool.started] == [0, 1, 2, 3, 4, 5]


def test_what_keeps_a_worker_from_going_on_is_raised_and_the_pool_closed() -> None:
    pools: list[ScriptedPool] = []

    class Kept(ScriptedPool):
        def close(self) -> None:
            pools.append(self)

    with pytest.raises(UserError, match="weights are broken"):
        Kept(1, on_start={0: UserError("weights are broken")})
    assert len(pools) == 1


def test_workers_that_opened_other_metrics_are_refused(tasks: list[VideoTask]) -> None:
    other = WorkerInfo(judge=None, metrics=MODEL_FREE_METRICS[:1], batch_clips=1)
    pool = ScriptedPool(2, on_start={1: other})
    with pytest.raises(UserError, match="opened judges or metrics that differ"):
        done(pool, tasks)
