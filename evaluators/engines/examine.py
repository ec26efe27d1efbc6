"""The work on a video, whichever process it is done in: decode, look, ask, measure."""

from __future__ import annotations

import base64
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluators.check import VideoChecker
from evaluators.engines.asking import Asking, Ready
from evaluators.engines.fetch import fetched
from evaluators.engines.tasks import (
    Judged,
    Looked,
    Measured,
    Stopwatch,
    VideoTask,
    metric_id,
    obstacle_of,
)
from evaluators.frames import DecodeError, Limits, Video, decode_video, sample_frames
from evaluators.judges import Judge
from evaluators.metrics import Metric, Observation, Quantity
from evaluators.reference_images import load_image
from evaluators.strips import frame_strip, thumbnail
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import as_reason

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Opened:
    """A video that was opened for a task.

    Attributes:
        task: What is to be done with it.
        failure: Why it can't be used.
        looked: The look, where one was asked for.
        ready: The clip as the judge takes it; None where nothing is asked.
        observation: What metrics look at; None where nothing is measured.
        clock: Time so far.
    """

    task: VideoTask
    failure: str | None = None
    looked: Looked | None = None
    ready: Ready | None = None
    observation: Observation | None = None

    @property
    def tokens(self) -> int:
        """Of the clip; 0 where that is not known."""
        return self.ready.tokens if self.ready else 0

    @property
    def held_bytes(self) -> int:
        """About how much memory this keeps."""
        video = self.observation.video.frames.nbytes if self.observation else 0
        return max(video, self.ready.held_bytes if self.ready else 0)


class Examiner:
    """A judge, metrics and an edition, ready for tasks.

    `open` and `gauge` may be called in several threads at once; `answer` and `measure`, which run
    models, in one at a time.

    Args:
        edition: With its images.
        judge: None where nothing is asked.
        metrics: What can be measured.
        limits: On each video.

    Attributes:
        judge, metrics: As above.
        clock: Where the time went.
    """

    def __init__(
        self,
        edition: Edition,
        *,
        judge: Judge | None,
        metrics: Sequence[Metric],
        limits: Limits,
    ) -> None:
        self.judge = judge
        self.metrics = metrics
        self._edition = edition
        # Not made when it is first needed, which may be in two threads at once.
        self._checker = VideoChecker(edition)
        self.clock = Stopwatch()
        self._limits = limits
        self._asking = Asking(judge) if judge else None
        # A metric that needs nothing but the video has no model that threads could quarrel over.
        self._gauges = {metric_id(m): m for m in metrics if not m.requirements}
        self._models = {metric_id(m): m for m in metrics if m.requirements}

    @property
    def batch_clips(self) -> int:
        """How many videos the judge answers about at once."""
        return self._asking.batch_clips if self._asking else 1

    def open(self, task: VideoTask) -> Opened:
        """Decode a task's video, look at it, and prepare it for the judge.

        Raises:
            UserError: A reference image can't be read.
        """
        try:
            return self._open(task)
        except DecodeError as error:
            return Opened(task=task, failure=str(error))
        except UserError:
            raise
        except Exception as error:  # one video must not end the run
            logger.exception("%s: could not be opened", task.sample.id)
            return Opened(task=task, failure=f"{task.file}: {as_reason(error)}")

    def _open(self, task: VideoTask) -> Opened:
        opened = Opened(task=task)
        video = self._read(task)
        if task.look:
            with self.clock.time("look"):
                opened.looked = self._look(task, video)
            if obstacle_of(opened.looked.report, task.overruled):
                return opened
        if task.metrics:
            reference = load_image(self._edition.image_path(task.sample))
            opened.observation = Observation(video, reference, task.sample)
        if task.questions and self._asking:
            with self.clock.time("preprocess"):
                clip = sample_frames(video, self._asking.judge.frame_rule)
                opened.ready = self._asking.prepare(clip, [q.question for q in task.questions])
        return opened

    def _read(self, task: VideoTask) -> Video:
        with (
            fetched(task.place, limits=self._limits, clock=self.clock) as path,
            self.clock.time("decode"),
        ):
            video = decode_video(path, limits=self._limits)
        if video.sha256 != task.digest:
            raise DecodeError(f"{task.place}: not the file that was there before; score it again")
        return video

    def _look(self, task: VideoTask, video: Video) -> Looked:
        report = self._checker.look(task.sample, video).renamed(task.file)
        reference = load_image(self._edition.image_path(task.sample))
        return Looked(
            report=report,
            strip=base64.b64encode(frame_strip(video)).decode(),
            reference=base64.b64encode(thumbnail(reference)).decode(),
        )

    def answer(self, batch: Sequence[Opened]) -> list[dict[str, Judged]]:
        """The answers about some videos, by the questions' ids."""
        asked = {number: one.ready for number, one in enumerate(batch) if one.ready}
        if not asked or not self._asking:
            return [{} for _ in batch]
        with self.clock.time("judge"):
            answers = dict(zip(asked, self._asking.answer(list(asked.values())), strict=True))
        return [
            dict(zip((q.id for q in one.task.questions), answers[number], strict=True))
            if number in answers
            else {}
            for number, one in enumerate(batch)
        ]

    def gauge(self, opened: Opened) -> dict[str, Measured]:
        """The numbers of the metrics that need no model."""
        return self._measure(opened, self._gauges)

    def measure(self, opened: Opened) -> dict[str, Measured]:
        """The numbers of the metrics that need one."""
        return self._measure(opened, self._models)

    def must_gauge(self, task: VideoTask) -> bool:
        """Whether a task has metrics that need no model."""
        return any(name in self._gauges for name in task.metrics)

    def _measure(self, opened: Opened, metrics: Mapping[str, Metric]) -> dict[str, Measured]:
        if opened.observation is None:
            return {}
        wanted = [metrics[name] for name in opened.task.metrics if name in metrics]
        with self.clock.time("metrics"):
            return {metric_id(m): _numbers(m, opened.observation) for m in wanted}


def _numbers(metric: Metric, observation: Observation) -> Measured:
    try:
        values = {name: float(value) for name, value in metric.measure(observation).items()}
        for quantity in metric.quantities:
            _refuse_impossible(quantity, values[quantity.name])
    except Exception as error:  # one metric must not end the run
        logger.exception("%s: a metric failed", observation.sample.id)
        return Measured(values={}, reason=as_reason(error))
    return Measured(values=values)


def _refuse_impossible(quantity: Quantity, value: float) -> None:
    low, high = quantity.bounds
    below, above = low is not None and value < low, high is not None and value > high
    if not math.isfinite(value) or below or above:
        raise ValueError(f"{quantity.name}: expected a number in {quantity.bounds}, got {value}")
