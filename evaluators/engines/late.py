"""The engine that is opened late: nothing is loaded before something is pending that needs it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Literal

from evaluators.cache import EvaluationCache
from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.cards import Cards, Known
from evaluators.engines.fetch import TRIED, try_addresses
from evaluators.engines.tasks import ResultBatch, VideoTask, metric_id
from evaluators.engines.worker_setup import WorkerSetup, measured_elsewhere
from evaluators.judges import Usage
from evaluators.metrics import Metric
from evaluators.metrics.base import no_remark
from omiti2v.errors import UserError

OpenEngine = Callable[[WorkerSetup], Engine]
_Part = Literal["judge", "models"]
"""What can be loaded apart: the judge, and the metrics that load something."""


class LateEngine(Engine):
    """An engine whose judge and models are loaded for the first task that needs them.

    Where their cards are in the cache, it knows of them what a run must know; else it opens at
    once, and keeps their cards.

    Args:
        setup: What is to be loaded.
        open_engine: Loads it.
        cache: Of the cards; None opens at once.
        is_far: Whether the work is done by machines that may find videos where this one can't.

    Raises:
        UserError: What must be loaded at once can't be.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        open_engine: OpenEngine,
        *,
        cache: EvaluationCache | None,
        is_far: bool = False,
    ) -> None:
        self._is_far = is_far
        self._setup = setup
        self._open_engine = open_engine
        self._cards = Cards(setup, cache)
        self._inner: Engine | None = None
        self._used: Usage | None = None
        self._loaded: set[_Part] = set()
        known = self._cards.recall()
        if known is None:
            self._inner = open_engine(setup)
            self._loaded = {"judge", "models"}
            known = Known(self._inner.judge, self._inner.metrics)
            self._cards.keep(known)
        self._known = known

    @property
    def judge(self) -> JudgeInfo | None:
        return self._known.judge

    @property
    def metrics(self) -> Sequence[Metric]:
        return self._known.metrics

    @property
    def usage(self) -> Usage | None:
        """See `Engine`; None too where the judge was never loaded."""
        return _together(self._used, self._inner.usage if self._inner else None)

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
        ahead = iter(tasks)
        task = next(ahead, None)
        if task is not None and "://" in task.location and not self._is_far:
            more = list(islice(ahead, TRIED - 1))
            try_addresses([one.location for one in (task, *more)])
            ahead = chain(more, ahead)

        def suited() -> Iterator[VideoTask]:
            nonlocal task
            while task is not None and self._suits(task):
                yield task
                task = next(ahead, None)

        while task is not None:
            yield from self._engine_for(task).run(suited())

    def close(self) -> None:
        """Close what was opened."""
        if self._inner:
            self._inner.close()

    def _suits(self, task: VideoTask) -> bool:
        return self._inner is not None and self._needs(task) <= self._loaded

    def _needs(self, task: VideoTask) -> set[_Part]:
        needs: set[_Part] = {"judge"} if task.questions else set()
        return needs if self._known.models.isdisjoint(task.metrics) else {*needs, "models"}

    def _engine_for(self, task: VideoTask) -> Engine:
        """An engine that has what a task needs; one that lacks it makes place first."""
        if self._inner is None or not self._suits(task):
            self._loaded |= self._needs(task)
            if self._inner:
                self._used = self.usage
                self._inner.close()
                self._inner = None  # before the next takes as much memory
            self._inner = self._open_engine(self._part())
            self._compare(self._inner)
        return self._inner

    def _part(self) -> WorkerSetup:
        """What is to be loaded of all."""
        chosen = self._setup.metrics
        if chosen and "models" not in self._loaded:
            chosen = replace(chosen, names=self._cards.model_free, weights={})
        judge = self._setup.judge if "judge" in self._loaded else None
        return replace(self._setup, judge=judge, metrics=chosen)

    def _compare(self, opened: Engine) -> None:
        """Refuse to go on with other models than the cards tell of; the next call knows better."""
        expected = [_told(metric) for metric in self._known.metrics]
        judge, known = opened.judge, self._known.judge
        wrong = [metric_id(m) for m in opened.metrics if _told(m) not in expected]
        # The identity is compared by its digest: on a card its tuples are lists.
        if judge and known and replace(judge, identity=known.identity) != known:
            wrong = [judge.name, *wrong]
        if wrong:
            self._cards.keep(Known(judge, opened.metrics))
            raise UserError(
                f"{wrong[0]}: loaded, it is another than the cache tells of the same files, "
                "packages and options; the cache is mended: run the same command again, with "
                "another folder for a run that was begun now"
            )


def _told(metric: Metric) -> Metric:
    """What a card tells of a metric."""
    return replace(metric, measure=measured_elsewhere, remark=no_remark)


def _together(one: Usage | None, other: Usage | None) -> Usage | None:
    return one + other if one and other else one or other
