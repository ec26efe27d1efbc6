"""What the engines with many workers share: who is there, who died, and what comes back."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice

from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.shares import MOST_DEATHS, Shares
from evaluators.engines.tasks import Batch, VideoTask
from evaluators.engines.worker_setup import WorkerInfo
from evaluators.judges import Usage
from evaluators.metrics import Metric
from omiti2v.errors import UserError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """What a worker sends: results, and its judge's tokens from its start."""

    batch: Batch
    usage: Usage | None


Message = WorkerInfo | Done | Exception | None
"""A worker's first words, its results, why it can't go on, or None where it has died."""


class CrewEngine(Engine):
    """Workers that each have a judge and metrics of their own.

    A worker that dies is replaced, and its videos are given to others; see `Shares`.

    Args:
        size: How many workers.

    Raises:
        UserError: A worker can't open the judge or a metric, or three died while they tried.
    """

    rounds = 2
    """How many times as many tasks as its judge takes at once a worker may have: those that are
    judged, and those that are read meanwhile."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._serials = count()
        self._places: dict[int, int] = {}
        self._cards: dict[int, WorkerInfo] = {}
        self._used: dict[int, Usage] = {}
        self._stillborn = 0
        try:
            for place in range(size):
                self._hire(place)
            while not self._cards:
                self._hear()
        except BaseException:
            self.close()
            raise
        self._card = next(iter(self._cards.values()))

    @abstractmethod
    def _start(self, serial: int, place: int) -> None:
        """Start a worker, at one of the places 0 to size - 1; its card is to come."""

    @abstractmethod
    def _send(self, serial: int, tasks: Sequence[VideoTask]) -> None:
        """Give tasks to a worker; it may be dead."""

    @abstractmethod
    def _news(self) -> list[tuple[int, Message]]:
        """Wait until workers have something to say; each death is told once."""

    @property
    def judge(self) -> JudgeInfo | None:
        """See `Engine`."""
        return self._card.judge

    @property
    def metrics(self) -> Sequence[Metric]:
        """See `Engine`."""
        return self._card.metrics

    @property
    def usage(self) -> Usage | None:
        """See `Engine`; what a worker did between its last message and its death is not in it."""
        return sum(self._used.values(), Usage()) if self._used else None

    def run(self, tasks: Iterable[VideoTask]) -> Generator[Batch, None, None]:
        """See `Engine`."""
        clips = self._card.batch_clips
        shares = Shares(tasks, workers=self._size, most=self.rounds * clips)
        while not shares.finished:
            for serial in list(self._cards):
                while batch := list(islice(iter(lambda: shares.take(serial), None), clips)):  # noqa: B023
                    self._send(serial, batch)
            for serial, done in self._hear():
                if done is None:
                    failures = shares.lost(serial)
                    if failures:
                        yield Batch(failures, {})
                    continue
                for result in done.batch.results:
                    shares.record(serial, result)
                yield done.batch

    def _hire(self, place: int) -> None:
        serial = next(self._serials)
        self._places[serial] = place
        self._start(serial, place)

    def _hear(self) -> list[tuple[int, Done | None]]:
        """Results and deaths; new workers are met and dead ones replaced on the way."""
        heard: list[tuple[int, Done | None]] = []
        for serial, message in self._news():
            if isinstance(message, Exception):
                raise message
            if isinstance(message, WorkerInfo):
                self._meet(serial, message)
                continue
            if message is None:
                self._replace(serial)
            elif message.usage:
                self._used[serial] = message.usage
            heard.append((serial, message))
        return heard

    def _meet(self, serial: int, card: WorkerInfo) -> None:
        self._stillborn = 0
        for other in self._cards.values():
            if _evidence(other) != _evidence(card):
                raise UserError(
                    "the workers opened judges or metrics that differ; give all machines the same "
                    "weights and package versions"
                )
        self._cards[serial] = card

    def _replace(self, serial: int) -> None:
        if self._cards.pop(serial, None) is None:
            self._stillborn += 1
            if self._stillborn == MOST_DEATHS:
                raise UserError(
                    f"{MOST_DEATHS} workers died while they opened the judge and the metrics; is "
                    "there memory for so many?"
                )
        logger.warning("worker %d died; another takes its place", serial)
        self._hire(self._places.pop(serial))


def _evidence(card: WorkerInfo) -> tuple[str | None, list[tuple[str, str]]]:
    fingerprint = card.judge.fingerprint if card.judge else None
    return fingerprint, [(q.name, m.version) for m in card.metrics for q in m.quantities]
