"""The engine of many machines: actors of a Ray cluster hold the models, videos are their tasks."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Sequence
from typing import Any

from evaluators.engines.local import usage_of
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.engines.worker_pool import WorkerMessage, WorkerPoolEngine, WorkerResult
from evaluators.engines.worker_setup import WorkerInfo, WorkerSetup
from omiti2v.errors import UserError, one_line
from omiti2v.extras import require_extra


class RayEngine(WorkerPoolEngine):
    """Actors of a Ray cluster.

    Each has a CPU, and a GPU where the cluster has one for each. Ray restarts nothing by itself: an
    actor that is lost is replaced here, so that no video is done twice unseen.

    Args:
        setup: What each actor opens. Its edition, weights and videos must be where the actors
            find them.
        workers: How many actors.
        address: Of a running cluster, as "ray://head:10001" or "auto"; None starts one here, for as
            long as the engine lives.

    Raises:
        UserError: Ray is not installed or not to be reached, or as for `WorkerPoolEngine`.
    """

    def __init__(self, setup: WorkerSetup, *, workers: int, address: str | None = None) -> None:
        require_extra("--engine ray", "ray", "ray")
        # Its types do not know options of actors.
        ray: Any = importlib.import_module("ray")
        self._ray = ray
        self._actors: dict[int, Any] = {}
        self._calls: dict[Any, int] = {}
        self._setup: Any = None
        self._ours = not ray.is_initialized()
        if self._ours:
            self._connect(address, workers)
        gpus = ray.cluster_resources().get("GPU", 0)
        self._actor = ray.remote(
            num_cpus=1,
            num_gpus=1 if gpus >= workers else gpus / workers,
            # One call reads its videos while another has the judge.
            max_concurrency=2,
            max_restarts=0,
            max_task_retries=0,
        )(_Actor)
        self._setup = ray.put(setup)
        super().__init__(workers)

    def _connect(self, address: str | None, workers: int) -> None:
        # None is "as RAY_ADDRESS says" to Ray, and "here" to us.
        here = {"num_cpus": max(workers, os.cpu_count() or 1), "include_dashboard": False}
        try:
            self._ray.init(
                address=address or "local", log_to_driver=False, **({} if address else here)
            )
        except Exception as error:  # Ray raises plain exceptions too
            what = f"the cluster at {address} can't be reached" if address else "can't be started"
            raise UserError(f"--engine ray: {what}: {one_line(error)}") from None

    def processes(self) -> list[int]:
        """The ids of the actors' processes, each on its own machine."""
        ids: list[int] = self._ray.get([actor.pid.remote() for actor in self._actors.values()])
        return ids

    def close(self) -> None:
        """End the actors, and the cluster where it was started here."""
        for actor in self._actors.values():
            self._ray.kill(actor)
        self._actors.clear()
        self._calls.clear()
        if self._ours:
            self._ray.shutdown()

    def _start(self, worker_id: int, slot: int) -> None:
        actor = self._actor.remote(self._setup)
        self._actors[worker_id] = actor
        self._calls[actor.open.remote()] = worker_id

    def _send(self, worker_id: int, tasks: Sequence[VideoTask]) -> None:
        self._calls[self._actors[worker_id].work.remote(tasks)] = worker_id

    def _messages(self) -> list[tuple[int, WorkerMessage]]:
        ready, _ = self._ray.wait(list(self._calls), num_returns=1)
        messages = []
        for call in ready:
            worker_id = self._calls.pop(call)
            message = self._receive(call)
            if message is None:
                # Its other calls died with it, and a death is told once.
                self._calls = {c: w for c, w in self._calls.items() if w != worker_id}
                # Where only a result was lost, the actor may be alive.
                self._ray.kill(self._actors.pop(worker_id))
            messages.append((worker_id, message))
        return messages

    def _receive(self, call: Any) -> WorkerMessage:
        errors = self._ray.exceptions
        try:
            message: WorkerMessage = self._ray.get(call)
        except errors.RayTaskError as error:  # raised by our own code in the actor
            cause = error.cause
            return cause if isinstance(cause, UserError) else UserError(one_line(cause))
        except errors.RayError:  # a lost actor, machine or result
            return None
        return message


class _Actor:
    """A judge and metrics, in a process of Ray's."""

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._model = threading.Lock()

    def open(self) -> WorkerInfo:
        """Open everything; to be called first, and once."""
        self._examiner = self._setup.examiner(None)
        return WorkerInfo.of(self._examiner)

    def pid(self) -> int:
        """Of this process."""
        return os.getpid()

    def work(self, tasks: Sequence[VideoTask]) -> WorkerResult:
        """Do some tasks, as one batch."""
        examiner = self._examiner
        videos = [examiner.prepare(task) for task in tasks]
        model_free = [examiner.measure_model_free(video) for video in videos]
        with self._model:
            judged = examiner.answer(videos)
            measured = [examiner.measure_with_models(video) for video in videos]
            # Here, where no other call counts on.
            usage = usage_of(examiner.judge)
        results = [
            video.result(answers, free | others)
            for video, answers, free, others in zip(
                videos, judged, model_free, measured, strict=True
            )
        ]
        return WorkerResult(ResultBatch(results, examiner.timer.drain()), usage)
