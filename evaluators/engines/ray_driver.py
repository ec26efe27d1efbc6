"""The process that Ray is in: it has actors start, work and end, and passes on what they say."""

from __future__ import annotations

import importlib
import logging
import math
import os
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, cast

from evaluators.child_process.serve import die_with_parent
from evaluators.engines.fetch import try_addresses
from evaluators.engines.local import usage_of
from evaluators.engines.piped_process import DISCONNECTED
from evaluators.engines.session import lead_session
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.engines.worker_pool import Heartbeat, WorkerMessage, WorkerResult
from evaluators.engines.worker_setup import WorkerInfo, WorkerSetup
from omiti2v.errors import UserError, one_line

START: Literal["start"] = "start"
KILL: Literal["kill"] = "kill"
Command = tuple[int, Sequence[VideoTask] | Sequence[str] | Literal["start", "kill"]]
"""The tasks of a worker, addresses for the cluster to try, or what is to become of a worker."""


@dataclass(frozen=True)
class Found:
    """That the cluster finds videos at the addresses."""


Said = tuple[int, WorkerMessage | Found] | Exception | None
"""What a worker says, by its number; why nothing can go on; or that this process has died."""

CLUSTER = -1
"""The cluster itself, among the workers' numbers."""
_BEAT_SECONDS = 5.0
_LOOK_SECONDS = 0.05


def drive(
    connection: Connection,
    setup: WorkerSetup,
    workers: int,
    address: str | None,
    folder: Path | None,
    log_level: int,
) -> None:
    """What the process runs: what it is told are `Command`s, what it says is `Said`.

    Args:
        connection: To the engine.
        setup: What each actor opens.
        workers: How many there will be.
        address: Of a running cluster; None starts one.
        folder: Of a cluster that is started.
        log_level: Of this process.
    """
    lead_session()
    logging.basicConfig(level=log_level)
    if log_level > logging.INFO:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if not address:
        _keep_to_ourselves()
    with suppress(*DISCONNECTED):  # whoever wanted it is gone
        try:
            ray = _connected(address, workers, folder)
        except Exception as error:  # Ray raises plain exceptions too
            what = f"the cluster at {address} can't be reached" if address else "can't be started"
            connection.send(
                UserError(
                    f"--engine ray: {what}: {one_line(error)}; try again, or take --engine workers"
                )
            )
            return
        driver = _Driver(ray, connection, setup, workers)
        while driver.obey():
            driver.report()
        driver.end()


def _keep_to_ourselves() -> None:
    """Have the cluster that is started next listen on the loopback device, and ask for a token.

    All of it is read when Ray is imported. The token is in the environment of the cluster's
    processes, which no other user sees.
    """
    os.environ.pop("RAY_AUTH_TOKEN_PATH", None)
    os.environ.update(
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN=secrets.token_hex(32),
        # Where it is off, as on other systems, nodes have the address 127.0.0.1 and listen there.
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
    )


def _connected(address: str | None, workers: int, folder: Path | None) -> Any:
    # Its types do not know options of actors.
    ray: Any = importlib.import_module("ray")
    here = {
        "num_cpus": max(workers, os.cpu_count() or 1),
        "include_dashboard": False,
        "_temp_dir": f"{folder}/ray",  # which it opens to everybody, in a folder that is not
    }
    # None is "as RAY_ADDRESS says" to Ray, and "here" to us.
    ray.init(address=address or "local", log_to_driver=False, **({} if address else here))
    place = ray.get_runtime_context().gcs_address
    if not address and not place.startswith("127.0.0.1:"):
        ray.shutdown()
        raise UserError(f"it listens at {place}, not on the loopback device alone")
    return ray


class _Driver:
    def __init__(self, ray: Any, connection: Connection, setup: WorkerSetup, workers: int) -> None:
        self._ray = ray
        self._connection = connection
        self._setup = ray.put(setup)
        self._actors: dict[int, Any] = {}
        self._calls: dict[Any, int] = {}
        self._beaten: dict[int, float] = {CLUSTER: 0.0}
        gpus = ray.cluster_resources().get("GPU", 0)
        self._actor = ray.remote(
            num_cpus=1,
            num_gpus=1 if gpus >= workers else gpus / workers,
            # One call reads its videos while another has the judge.
            max_concurrency=2,
            concurrency_groups={"beats": 1},
            max_restarts=0,
            max_task_retries=0,
        )(_Actor)

    def obey(self) -> bool:
        """Do what is asked for; whether there is more to come."""
        while self._connection.poll():
            message: Command | None = self._connection.recv()
            if message is None:
                return False
            worker_id, command = message
            if command == START:
                self._actors[worker_id] = actor = self._actor.remote(self._setup)
                self._beaten[worker_id] = 0.0
                self._calls[actor.open.remote()] = worker_id
            elif worker_id == CLUSTER:
                # No worker is at anything yet that would wait for it.
                self._try(cast(Sequence[str], command))
            elif command == KILL:
                self._forget(worker_id)
            elif worker_id in self._actors:
                self._calls[self._actors[worker_id].work.remote(command)] = worker_id
        return True

    def _try(self, locations: Sequence[str]) -> None:
        trial = self._ray.remote(num_cpus=0)(try_addresses).remote(locations)
        while not self._ray.wait([trial], timeout=1.0)[0]:
            self._connection.send((CLUSTER, Heartbeat(os.getpid())))
        answer = self._receive(trial)
        self._connection.send(answer if isinstance(answer, Exception) else (CLUSTER, Found()))

    def report(self) -> None:
        """Pass on what comes in a moment, and have everybody give a sign now and then."""
        self._beat()
        if not self._calls:
            time.sleep(_LOOK_SECONDS)
            return
        ready, _ = self._ray.wait(list(self._calls), num_returns=1, timeout=_LOOK_SECONDS)
        for call in ready:
            worker_id = self._calls.pop(call)
            message = self._receive(call)
            if message is None:
                self._forget(worker_id)  # where only a result was lost, it may be alive
            elif isinstance(message, Heartbeat):
                self._beaten[worker_id] = time.monotonic()
            self._connection.send((worker_id, message))

    def end(self) -> None:
        """Leave the cluster; one that was started here ends."""
        for worker_id in list(self._actors):
            self._forget(worker_id)
        self._ray.shutdown()

    def _beat(self) -> None:
        now = time.monotonic()
        for worker_id, last in self._beaten.items():
            if now - last < _BEAT_SECONDS:
                continue
            if worker_id == CLUSTER:
                self._beaten[worker_id] = now
                # Calls that wait for ever where this machine's part or the head stands still.
                self._ray.put(None)
                self._ray.cluster_resources()
                self._connection.send((CLUSTER, Heartbeat(os.getpid())))
            else:
                self._beaten[worker_id] = math.inf  # until it answers
                beat = self._actors[worker_id].beat.options(concurrency_group="beats").remote()
                self._calls[beat] = worker_id

    def _forget(self, worker_id: int) -> None:
        self._calls = {call: one for call, one in self._calls.items() if one != worker_id}
        self._beaten.pop(worker_id, None)
        if actor := self._actors.pop(worker_id, None):
            self._ray.kill(actor)

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
        die_with_parent(os.getppid())  # also where it is stopped
        self._setup = setup
        self._model = threading.Lock()

    def open(self) -> WorkerInfo:
        """Open everything; to be called first, and once."""
        self._examiner = self._setup.examiner(None)
        return WorkerInfo.of(self._examiner)

    def beat(self) -> Heartbeat:
        """Give a sign, beside whatever else is done."""
        return Heartbeat(os.getpid())

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
