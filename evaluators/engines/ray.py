"""The engine of many machines: actors of a Ray cluster hold the models, videos are their tasks.

Ray itself is in a process of its own. A part of a cluster that is stopped makes any call wait for
ever, and one that dies ends the process that called; neither may hold or end a run.
"""

from __future__ import annotations

import logging
import os
import signal
import tempfile
from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, suppress
from itertools import chain, islice
from pathlib import Path
from queue import Empty, SimpleQueue

from evaluators.engines.fetch import TRIED
from evaluators.engines.piped_process import PipedProcess
from evaluators.engines.ray_driver import CLUSTER, KILL, START, Found, Said, drive
from evaluators.engines.session import kill_session
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.engines.vigil import LOOK_SECONDS, Patience, Vigil, is_stopped
from evaluators.engines.worker_pool import Heartbeat, WorkerMessage, WorkerPoolEngine
from evaluators.engines.worker_setup import WorkerSetup
from omiti2v.errors import UserError
from omiti2v.extras import are_installed, require_extra
from omiti2v.held_folder import held_folder, remove_abandoned

ANSWER_SECONDS = 45.0
"""How long a cluster may not answer."""

_START_SECONDS = 180.0
_SHUTDOWN_SECONDS = 10.0
_DEATH_SECONDS = 0.5
_LONGEST_PLACE = 14
"""A socket's name has at most 107 bytes, of which Ray's own folders and ours take up to 93."""
_RESUMES = "what was judged is logged, and the same command resumes from there"


class RayEngine(WorkerPoolEngine):
    """Actors of a Ray cluster.

    Each has a CPU, and a GPU where the cluster has one for each. Ray restarts nothing by itself: an
    actor that is lost is replaced here, so that no video is done twice unseen.

    A cluster that is started here listens on the loopback device only, asks for a token that only
    its processes know, and keeps its files in a folder for this user alone.

    Args:
        setup: What each actor opens. Its edition, weights and videos must be where the actors
            find them.
        workers: How many actors.
        address: Of a running cluster, as "ray://head:10001" or "auto"; None starts one here, for as
            long as the engine lives.
        patience: When an actor is given up.
        answer_seconds: When the cluster is.

    Raises:
        UserError: Ray is not installed or not to be reached, or as for `WorkerPoolEngine`.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        *,
        workers: int,
        address: str | None = None,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        if not are_installed("ray"):  # it is not imported here
            require_extra("--engine ray", "ray", "ray")
        self._is_ours = address is None
        self._processes: dict[int, int] = {}
        self._heard: SimpleQueue[Said] = SimpleQueue()
        self._silence = Vigil(Patience(silent=_START_SECONDS))
        self._silence.heard(0, progress=False)
        self._folder = ExitStack()
        folder = None if address else self._folder.enter_context(held_folder(_place()))
        level = logging.getLogger().level
        arguments = (setup, workers, address, folder, level)
        self._driver = PipedProcess(drive, arguments, self._heard.put)
        try:
            while self._next() is None:  # until it says that it has a cluster
                pass
            self._silence = Vigil(Patience(silent=answer_seconds))
            super().__init__(workers, patience)
        except BaseException:
            self._end(0.0)
            raise

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        if not self._is_ours:
            first = list(islice(ahead := iter(tasks), TRIED))
            self._try([task.location for task in first])
            tasks = chain(first, ahead)
        yield from super().run(tasks)

    def _try(self, locations: Sequence[str]) -> None:
        """Have the cluster see whether it finds the videos.

        Raises:
            UserError: It does not.
        """
        self._driver.tell((CLUSTER, locations))
        while (said := self._next()) is None or not isinstance(said[1], Found):
            pass

    @property
    def driver(self) -> int:
        """The number of the process that Ray is in, which leads a session of its own."""
        return self._driver.pid

    def close(self) -> None:
        """End the actors, and the cluster where it was started here."""
        self._end(_SHUTDOWN_SECONDS if self._slots else 0.0)

    def _end(self, patience: float) -> None:
        self._driver.tell(None)
        self._driver.wait(patience)
        self._driver.kill()
        self._driver.wait(_DEATH_SECONDS)
        kill_session(self.driver)
        self._folder.close()
        remove_abandoned()

    def _start(self, worker_id: int, slot: int) -> None:
        self._driver.tell((worker_id, START))

    def _send(self, worker_id: int, tasks: Sequence[VideoTask]) -> None:
        self._driver.tell((worker_id, tasks))

    def _kill(self, worker_id: int) -> None:
        self._driver.tell((worker_id, KILL))
        if self._is_ours and (process := self._processes.pop(worker_id, None)):
            with suppress(ProcessLookupError):  # Ray asks it to go, which it can't where it hangs
                os.kill(process, signal.SIGKILL)

    def _is_stopped(self, worker_id: int) -> bool:
        return self._is_ours and is_stopped(self._processes.get(worker_id, 0))

    def _messages(self) -> list[tuple[int, WorkerMessage]]:
        said = self._next()
        if said is None:
            return []
        worker_id, message = said
        # Where it was killed meanwhile, others have its videos.
        if worker_id not in self._slots or isinstance(message, Found):
            return []
        if isinstance(message, Heartbeat):
            self._processes[worker_id] = message.process
        return [(worker_id, message)]

    def _next(self) -> tuple[int, WorkerMessage | Found] | None:
        """What the driver says next; None where it says nothing for a moment.

        Raises:
            UserError: It has no cluster, or no more.
        """
        try:
            said = self._heard.get(timeout=LOOK_SECONDS)
        except Empty:
            if self._silence.overdue((), lambda _: False):
                raise UserError(f"--engine ray: the cluster does not answer; {_RESUMES}") from None
            return None
        if isinstance(said, Exception):
            raise said
        if said is None:
            raise UserError(f"--engine ray: the cluster, or its head, died; {_RESUMES}")
        self._silence.heard(0, progress=False)
        return said


def _place() -> Path:
    """Where a cluster's folder goes; the names of sockets in it can't be long."""
    place = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir())
    return place if len(str(place)) <= _LONGEST_PLACE else Path("/tmp")  # noqa: S108
