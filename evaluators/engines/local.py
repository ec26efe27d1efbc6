"""The engine of one process: reading runs ahead of the judge, within bounds."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import NamedTuple

from evaluators.child_process import interrupt_calls
from evaluators.engines.base import Engine, JudgeInfo
from evaluators.engines.examine import Examiner, PreparedVideo
from evaluators.engines.tasks import Judged, Measured, ResultBatch, VideoResult, VideoTask
from evaluators.judges import Judge, Metered, Usage
from evaluators.metrics import Metric

READERS = 2
AHEAD = 2
HELD_BYTES = 1 << 30
ORDER_SECONDS = 2.0
"""How long videos are judged in their order: a file that takes minutes keeps no other waiting."""


class _InFlight(NamedTuple):
    """A video that was prepared, and its numbers that need no model, which may be yet to come."""

    video: PreparedVideo
    measured: Future[dict[str, Measured]]


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
        self._measurers = ThreadPoolExecutor(readers, thread_name_prefix="measure")
        self._preparing: deque[Future[_InFlight]] = deque()
        self._late: set[Future[_InFlight]] = set()
        self._measuring: deque[_InFlight] = deque()
        # Guards the two below, and tells whoever waits that they or a future have changed.
        self._change = threading.Condition()
        self._held = 0
        self._closed = False

    @property
    def idle(self) -> bool:
        """Whether no video is on its way."""
        return not (self._preparing or self._measuring)

    @property
    def has_room(self) -> bool:
        """Whether another video may be let in."""
        if len(self._preparing) >= self._most or len(self._measuring) > self._most:
            return False
        return self.idle or self._held <= self._held_bytes

    def submit(self, task: VideoTask) -> None:
        """Let a video in."""
        future = self._readers.submit(self._prepare, task)
        self._preparing.append(future)
        future.add_done_callback(self._tell)

    def take(self) -> ResultBatch:
        """Have the next videos judged, and give back what is done; waits where nothing is.

        Raises:
            UserError: A reference image can't be read.
        """
        results = []
        if self._preparing:
            batch = self._next_batch()
            answers = self._examiner.answer([one.video for one in batch])
            for one, judged in zip(batch, answers, strict=True):
                results += self._after_judge(one, judged)
        while self._measuring and (
            self._measuring[0].measured.done() or not results or len(self._measuring) > self._most
        ):
            last = self._measuring.popleft()
            with self._examiner.timer.time("waiting for metrics"):
                measured = last.measured.result()
            self._hold(-last.video.held_bytes)
            results.append(VideoResult(video_id=last.video.task.video_id, measured=measured))
        return ResultBatch(results, self._examiner.timer.drain())

    def _after_judge(self, one: _InFlight, judged: Mapping[str, Judged]) -> list[VideoResult]:
        """What is known; not held back until all is measured, so that a kill costs no answer."""
        video = one.video
        measured = self._examiner.measure_with_models(video)
        complete = one.measured.done()
        if complete:
            measured |= one.measured.result()
        else:
            self._measuring.append(one)
            self._hold(video.held_bytes)
        if not (complete or judged or measured or video.checked):
            return []
        return [video.result(judged, measured, complete)]

    def close(self, *, wait: bool = True) -> None:
        """Stop the threads.

        Args:
            wait: Until they have finished what they are at; else what is being decoded is given up.
        """
        with self._change:
            self._closed = True
            self._change.notify_all()
        for pool in (self._readers, self._measurers):
            pool.shutdown(wait=False, cancel_futures=True)
        if not wait:
            interrupt_calls()
            return
        for pool in (self._readers, self._measurers):
            pool.shutdown()

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, error: type[BaseException] | None, *more: object) -> None:
        # Whoever leaves by an error, or in the middle, wants nothing of it any more.
        self.close(wait=error is None)

    def _prepare(self, task: VideoTask) -> _InFlight:
        with self._change:
            self._change.wait_for(lambda: self._closed or self._held <= self._held_bytes)
            if self._closed:
                raise CancelledError
        video = self._examiner.prepare(task)
        self._hold(video.held_bytes)
        if video.observation and self._examiner.has_model_free(task):
            measured = self._measurers.submit(self._examiner.measure_model_free, video)
        else:
            measured = Future()
            measured.set_result({})
        return _InFlight(video, measured)

    def _next_batch(self) -> list[_InFlight]:
        """The oldest video and those that go best with it: lengths that differ cost padding.

        Fewer than the judge takes, or none, where no more are begun before some are let go.
        """
        size = self._examiner.batch_clips
        with self._examiner.timer.time("waiting for frames"), self._change:
            if not self._change.wait_for(lambda: self._is_ready(size), ORDER_SECONDS):
                self._late |= {future for future in self._preparing if not future.done()}
                self._change.wait_for(lambda: self._is_ready(size))
        done = [future for future in self._preparing if future.done()]
        done = done[:1] + sorted(
            done[1:], key=lambda f: abs(f.result().video.tokens - done[0].result().video.tokens)
        )
        batch = []
        for future in done[:size]:
            batch.append(future.result())
            self._preparing.remove(future)
            self._late.discard(future)
            self._hold(-batch[-1].video.held_bytes)
        return batch

    def _is_ready(self, size: int) -> bool:
        preparing = list(self._preparing)
        first = [f for f in preparing if f.done() or f not in self._late][:size]
        if len(first) == min(size, len(preparing)) and all(future.done() for future in first):
            return True
        # Nothing is begun now: there is no use in waiting for it.
        full = self._held > self._held_bytes
        return full and (bool(self._measuring) or any(future.done() for future in self._preparing))

    def _hold(self, more: int) -> None:
        with self._change:
            self._held += more
            self._change.notify_all()

    def _tell(self, _: Future[_InFlight]) -> None:
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
        return self._examiner.metrics

    @property
    def usage(self) -> Usage | None:
        return usage_of(self._examiner.judge)

    def run(self, tasks: Iterable[VideoTask]) -> Generator[ResultBatch, None, None]:
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
