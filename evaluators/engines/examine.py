"""The work on a video, whichever process it is done in: decode, check, ask, measure."""

from __future__ import annotations

import base64
import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluators.check import VideoChecker, code_of
from evaluators.engines.fetch import local_copy
from evaluators.engines.judge_runner import JudgeInput, JudgeRunner
from evaluators.engines.tasks import (
    Checked,
    Judged,
    Measured,
    StageTimer,
    VideoResult,
    VideoTask,
    blocking_error,
    metric_id,
)
from evaluators.frames import DecodeError, Limits, Video, decode_video, sample_frames
from evaluators.judges import Judge
from evaluators.metrics import Metric, Observation, Quantity
from evaluators.reference_images import load_image
from evaluators.thumbnails import frame_strip, thumbnail
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import Code
from omiti2v.responses import as_reason

logger = logging.getLogger(__name__)


@dataclass(kw_only=True)
class PreparedVideo:
    """A video that was decoded and prepared for a task.

    Attributes:
        task: What is to be done with it.
        failure: Why it can't be used.
        failure_code: What kind of finding that is.
        checked: The check, where one was asked for.
        judge_input: The clip as the judge takes it; None where nothing is asked.
        observation: What metrics look at; None where nothing is measured.
    """

    task: VideoTask
    failure: str | None = None
    failure_code: Code = "undecodable"
    checked: Checked | None = None
    judge_input: JudgeInput | None = None
    observation: Observation | None = None

    @property
    def tokens(self) -> int:
        """How long the clip is to the judge; 0 where that is not known."""
        return self.judge_input.tokens if self.judge_input else 0

    @property
    def held_bytes(self) -> int:
        """About how much memory this keeps."""
        video = self.observation.video.frames.nbytes if self.observation else 0
        return max(video, self.judge_input.held_bytes if self.judge_input else 0)

    def result(
        self, judged: Mapping[str, Judged], measured: Mapping[str, Measured], complete: bool = True
    ) -> VideoResult:
        """What was found out, together with these answers and numbers."""
        return VideoResult(
            video_id=self.task.video_id,
            complete=complete,
            failure=self.failure,
            failure_code=self.failure_code,
            checked=self.checked,
            judged=judged,
            measured=measured,
        )


class Examiner:
    """A judge, metrics and an edition, ready for tasks.

    `prepare` and `measure_model_free` may be called in several threads at once; `answer` and
    `measure_with_models` in one at a time.

    Args:
        edition: With its images.
        judge: None where nothing is asked.
        metrics: What can be measured.
        limits: On each video.

    Attributes:
        judge, metrics: As above.
        timer: Where the time went.
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
        self.timer = StageTimer()
        self._edition = edition
        # Not made when it is first needed, which may be in two threads at once.
        self._checker = VideoChecker(edition)
        self._limits = limits
        self._judge_runner = JudgeRunner(judge) if judge else None
        # A metric that needs nothing but the video has no model that threads could quarrel over.
        self._model_free = {metric_id(m): m for m in metrics if not m.requirements}
        self._with_models = {metric_id(m): m for m in metrics if m.requirements}

    @property
    def batch_clips(self) -> int:
        """How many videos the judge answers about at once."""
        return self._judge_runner.batch_clips if self._judge_runner else 1

    def prepare(self, task: VideoTask) -> PreparedVideo:
        """Decode a task's video, check it, and prepare it for the judge.

        Raises:
            UserError: A reference image can't be read.
        """
        try:
            return self._prepare(task)
        except DecodeError as error:
            return PreparedVideo(task=task, failure=str(error), failure_code=code_of(error))
        except UserError:
            raise
        except Exception as error:  # one video must not end the run
            logger.exception("%s: could not be prepared", task.video_id)
            return PreparedVideo(task=task, failure=f"{task.file}: {as_reason(error)}")

    def _prepare(self, task: VideoTask) -> PreparedVideo:
        prepared = PreparedVideo(task=task)
        video = self._decode(task)
        if task.check or task.metrics:
            reference = load_image(self._edition.image_path(task.sample))
        if task.check:
            with self.timer.time("check"):
                prepared.checked = Checked(
                    report=self._checker.check(task.video, video, file=task.file),
                    strip=base64.b64encode(frame_strip(video)).decode(),
                    reference=base64.b64encode(thumbnail(reference)).decode(),
                )
            if blocking_error(prepared.checked.report, task.allowed_errors):
                return prepared
        if task.metrics:
            prepared.observation = Observation(video, reference, task.sample)
        if task.questions and self._judge_runner:
            with self.timer.time("preprocess"):
                clip = sample_frames(video, self._judge_runner.judge.frame_rule)
                questions = [question.question for question in task.questions]
                prepared.judge_input = self._judge_runner.prepare(clip, questions)
        return prepared

    def _decode(self, task: VideoTask) -> Video:
        with (
            local_copy(task.location, limits=self._limits, timer=self.timer) as path,
            self.timer.time("decode"),
        ):
            video = decode_video(path, limits=self._limits)
        if video.sha256 != task.digest:
            raise DecodeError(
                f"{task.location}: not the file that was there before; score it again"
            )
        return video

    def answer(self, batch: Sequence[PreparedVideo]) -> list[dict[str, Judged]]:
        """The answers about some videos, by the questions' ids."""
        inputs = [video.judge_input for video in batch if video.judge_input]
        if not inputs or not self._judge_runner:
            return [{} for _ in batch]
        with self.timer.time("judge"):
            answers = iter(self._judge_runner.answer(inputs))
        return [
            dict(zip((q.id for q in video.task.questions), next(answers), strict=True))
            if video.judge_input
            else {}
            for video in batch
        ]

    def measure_model_free(self, video: PreparedVideo) -> dict[str, Measured]:
        """The numbers of the metrics that need no model, by `metric_id`."""
        return self._measure(video, self._model_free)

    def measure_with_models(self, video: PreparedVideo) -> dict[str, Measured]:
        """The numbers of the metrics that need one, by `metric_id`."""
        return self._measure(video, self._with_models)

    def has_model_free(self, task: VideoTask) -> bool:
        """Whether a task has metrics that need no model."""
        return any(name in self._model_free for name in task.metrics)

    def _measure(self, video: PreparedVideo, metrics: Mapping[str, Metric]) -> dict[str, Measured]:
        if video.observation is None:
            return {}
        wanted = [metrics[name] for name in video.task.metrics if name in metrics]
        with self.timer.time("metrics"):
            return {metric_id(m): _numbers(m, video.observation) for m in wanted}


def _numbers(metric: Metric, observation: Observation) -> Measured:
    try:
        values = {name: float(value) for name, value in metric.measure(observation).items()}
        for quantity in metric.quantities:
            _refuse_impossible(quantity, values[quantity.name])
        remark = metric.remark(observation)
    except Exception as error:  # one metric must not end the run
        logger.exception("%s: a metric failed", observation.sample.id)
        return Measured(values={}, reason=as_reason(error))
    return Measured(values=values, reason=as_reason(remark) if remark else None)


def _refuse_impossible(quantity: Quantity, value: float) -> None:
    low, high = quantity.bounds
    below, above = low is not None and value < low, high is not None and value > high
    if not math.isfinite(value) or below or above:
        raise ValueError(f"{quantity.name}: expected a number in {quantity.bounds}, got {value}")
