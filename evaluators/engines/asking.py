"""Putting questions to a judge, whether or not it can prepare ahead and take several videos."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from evaluators.engines.tasks import Judged
from evaluators.frames import Clip
from evaluators.judges import Judge, Judgement
from evaluators.judges.base import BatchJudge, Prepared
from omiti2v.responses import as_reason

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A clip and its questions, as the judge takes them.

    Attributes:
        questions: Their texts.
        clip: For a judge that takes clips.
        prepared: For one that prepares them.
        failure: Why the judge can't take it; the questions are then not asked.
        held_bytes: About how much memory this keeps.
    """

    questions: Sequence[str]
    clip: Clip | None = None
    prepared: Prepared | None = None
    failure: str | None = None
    held_bytes: int = 0

    @property
    def tokens(self) -> int:
        """Of what was prepared; 0 where nothing was."""
        return self.prepared.tokens if self.prepared else 0


class Asking:
    """A judge at work.

    Args:
        judge: Who is asked.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._batches = judge if isinstance(judge, BatchJudge) else None

    @property
    def batch_clips(self) -> int:
        """How many videos are worth collecting for one call."""
        return self._batches.batch_clips if self._batches else 1

    def prepare(self, clip: Clip, questions: Sequence[str]) -> Ready:
        """What can be done before the judge is free; in any thread."""
        if self._batches is None:
            return Ready(questions=questions, clip=clip, held_bytes=clip.frames.nbytes)
        try:
            prepared = self._batches.prepare(clip, questions)
        except Exception as error:  # a broken judge must not end the run
            logger.exception("the judge can't prepare a clip")
            return Ready(questions=questions, failure=as_reason(error))
        return Ready(questions=questions, prepared=prepared, held_bytes=clip.frames.nbytes)

    def answer(self, batch: Sequence[Ready]) -> list[list[Judged]]:
        """The answers about each clip; in one thread."""
        if self._batches and len(batch) > 1 and not any(ready.failure for ready in batch):
            try:
                return self._together(self._batches, batch)
            except Exception:  # one clip must not cost the others their answers
                logger.exception("the judge failed on %d clips; each is tried alone", len(batch))
        return [self._alone(ready) for ready in batch]

    def _together(self, judge: BatchJudge, batch: Sequence[Ready]) -> list[list[Judged]]:
        answers = judge.answer([ready.prepared for ready in batch if ready.prepared])
        pairs = zip(batch, answers, strict=True)
        return [_checked(judgements, ready.questions) for ready, judgements in pairs]

    def _alone(self, ready: Ready) -> list[Judged]:
        try:
            if ready.failure is not None:
                return _failed(ready, ready.failure)
            if self._batches:
                return self._together(self._batches, [ready])[0]
            assert ready.clip is not None  # noqa: S101 (as `prepare` made it)
            return _checked(self.judge.judge(ready.clip, ready.questions), ready.questions)
        except Exception as error:  # a broken judge must not end the run
            logger.exception("the judge failed")
            return _failed(ready, as_reason(error))


def _checked(judgements: Sequence[Judgement], questions: Sequence[str]) -> list[Judged]:
    if len(judgements) != len(questions):
        raise ValueError(f"{len(judgements)} answers to {len(questions)} questions")
    return [
        Judged(
            answer=judgement.answer,
            p_yes=judgement.p_yes,
            mass=judgement.mass,
            reason=None if judgement.reason is None else as_reason(judgement.reason),
        )
        for judgement in judgements
    ]


def _failed(ready: Ready, reason: str) -> list[Judged]:
    reason = as_reason(f"the judge failed: {reason}")
    error = Judged(answer="error", p_yes=None, mass=None, reason=reason)
    return [error] * len(ready.questions)
