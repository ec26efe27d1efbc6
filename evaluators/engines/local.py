"""The engine of one process: reading runs ahead of the judge, within bounds."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass

from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.examine import Examiner, Opened
from evaluators.engines.tasks import Batch, Judged, Measured, VideoResult, VideoTask
from evaluators.judges import Judge, Metered, Usage
from evaluators.metrics import Metric

READERS = 2
AHEAD = 2
HELD_BYTES = 1 << 30


@dataclass(frozen=True)
class _Flight:
    """A video that was opened, and the numbers that need no model, which may not be there yet."""

    opened: Opened
    gauged: Future[dict[str, Measured]] | None


@dataclass(frozen=True)
class _Gauging:
    """A video of which such numbers are all that is to come."""

    opened: Opened
    gauged: Future[dict[str, Measured]]


class Pipeline:
    """Videos on their way through one examiner: read in threads, judged in the caller's.

    The number of videos on their way is bounded, and none is begun while those that wait, for the
    judge or for numbers, hold more than a gigabyte. Beside them, each reader may have one that was
    begun before, and the judge has its batch. So memory does not grow with the number of videos.

    Args:
        examiner: Does the work.
        readers: Threads that read and prepare videos.
        ahead: Videos read ahead of those that the judge takes at once, at least 1.
        held_bytes: What those that wait may hold before another is begun.
    """

    def __init__(
        self,
        examiner: Examiner,
        *,
        readers: int = READERS,
        ahead: int = AHEAD,
        held_bytes: int = HELD_BYTES,
    ) -> None:
        self._examiner = examiner
        self._most = 2 * examiner.batch_clips + ahead - 1
        self._held_bytes = held_bytes
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="read")
        # Threads of their own, so that numbers never keep the judge waiting for frames.
        self._gaugers = ThreadPoolExecutor(readers, thread_name_prefix="measure")
        self._opening: deque[Future[_Flight]] = deque()
        self._gauging: deque[_Gauging] = deque()
        # Guards the two below, and tells whoever waits that they or a future have changed.
        self._change = threading.Condition()
        self._held = 0
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether no video is on its way."""
        return not (self._opening or self._gauging)

    @property
    def has_room(self) -> bool:
        """Whether another video may be let in."""
        if len(self._opening) >= self._most or len(self._gauging) > self._most:
            return False
        return self.idle or self._held <= self._held_bytes

    def submit(self, task: VideoTask) -> None:
        """Let a video in."""
        future = self._readers.submit(self._open, task)
        self._opening.append(future)
        future.add_done_callback(self._tell)

    def take(self) -> Batch:
        """Have the next videos judged, and give back what is done; waits where nothing is.

        Raises:
            UserError: A reference image can't be read.
        """
        results = []
        if self._opening:
            batch = self._next_batch()
            answers = self._examiner.answer([flight.opened for flight in batch])
            for flight, judged in zip(batch, answers, strict=True):
                results += self._after_judge(flight, judged)
        while self._gauging and (
            self._gauging[0].gauged.done() or not results or len(self._gauging) > self._most
        ):
            last = self._gauging.popleft()
            with self._examiner.clock.time("waiting for metrics"):
                measured = last.gauged.result()
            self._hold(-last.opened.held_bytes)
            results.append(VideoResult(sample_id=last.opened.task.sample.id, measured=measured))
        return Batch(results, self._examiner.clock.drain())

    def _after_judge(self, flight: _Flight, judged: Mapping[str, Judged]) -> list[VideoResult]:
        """What is known; not held back until all is measured, so that a kill costs no answer."""
        opened = flight.opened
        measured = self._examiner.measure(opened)
        complete = True
        if flight.gauged and flight.gauged.done():
            measured |= flight.gauged.result()
        elif flight.gauged:
            complete = False
            self._gauging.append(_Gauging(opened, flight.gauged))
            self._hold(opened.held_bytes)
        if not (complete or judged or measured or opened.looked):
            return []
        return [
            VideoResult(
                sample_id=opened.task.sample.id,
                complete=complete,
                failure=opened.failure,
                looked=opened.looked,
                judged=judged,
                measured=measured,
            )
        ]

    def close(self) -> None:
        """Stop the threads; what they are at is finished first."""
        with self._change:
            self._closed = True
            self._change.notify_all()
        for pool in (self._readers, self._gaugers):
            pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _open(self, task: VideoTask) -> _Flight:
        with self._change:
            self._change.wait_for(lambda: self._closed or self._held <= self._held_bytes)
            if self._closed:
                raise CancelledError
        opened = self._examiner.open(task)
        self._hold(opened.held_bytes)
        if opened.observation is None or not self._examiner.must_gauge(task):
            return _Flight(opened, None)
        return _Flight(opened, self._gaugers.submit(self._examiner.gauge, opened))

    def _next_batch(self) -> list[_Flight]:
        """The oldest video and those that go best with it: lengths that differ cost padding.

        Fewer than the judge takes, or none, where no more are begun before some are let go.
        """
        size = self._examiner.batch_clips
        with self._examiner.clock.time("waiting for frames"), self._change:
            self._change.wait_for(lambda: self._is_ready(size))
        done = [future for future in self._opening if future.done()]
        done = done[:1] + sorted(
            done[1:], key=lambda f: abs(f.result().opened.tokens - done[0].result().opened.tokens)
        )
        batch = []
        for future in done[:size]:
            batch.append(future.result())
            self._opening.remove(future)
            self._hold(-batch[-1].opened.held_bytes)
        return batch

    def _is_ready(self, size: int) -> bool:
        if all(future.done() for future in list(self._opening)[:size]):
            return True
        # Nothing is begun now: there is no use in waiting for it.
        full = self._held > self._held_bytes
        return full and (bool(self._gauging) or any(future.done() for future in self._opening))

    def _hold(self, more: int) -> None:
        with self._change:
            self._held += more
            self._change.notify_all()

    def _tell(self, _: Future[_Flight]) -> None:
        with self._change:
            self._change.notify_all()


class LocalEngine(Engine):
    """Everything in this process: the judge in the caller's thread, reading in threads beside it.

    Args:
        examiner: Does the work.
        readers: Threads that read and prepare videos.
    """

    def __init__(self, examiner: Examiner, *, readers: int = READERS) -> None:
        self._examiner = examiner
        self._readers = readers

    @property
    def judge(self) -> JudgeInfo | None:
        """See `Engine`."""
        judge = self._examiner.judge
        return JudgeInfo.of(judge) if judge else None

    @property
    def metrics(self) -> Sequence[Metric]:
        """See `Engine`."""
        return self._examiner.metrics

    @property
    def usage(self) -> Usage | None:
        """See `Engine`."""
        return usage_of(self._examiner.judge)

    def run(self, tasks: Iterable[VideoTask]) -> Generator[Batch, None, None]:
        """See `Engine`."""
        with Pipeline(self._examiner, readers=self._readers) as pipeline:
            for task in tasks:
                while not pipeline.has_room:
                    yield pipeline.take()
                pipeline.submit(task)
            while not pipeline.idle:
                yield pipeline.take()


def usage_of(judge: Judge | None) -> Usage | None:
    """A judge's tokens so far; None where it does not count them."""
    return judge.usage if isinstance(judge, Metered) else None
