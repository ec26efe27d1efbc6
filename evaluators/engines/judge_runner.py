"""Putting questions to a judge, whether or not it can prepare ahead and take several videos."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from evaluators.engines.tasks import Judged
from evaluators.frames import Clip
from evaluators.judges import Judge, Judgement
from evaluators.judges.base import BatchJudge, JudgeLostError, Prepared
from omiti2v.records import brief, describe_validation_error
from omiti2v.responses import as_reason

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class JudgeInput:
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
        """How long the prepared clip is; 0 where nothing was prepared."""
        return self.prepared.tokens if self.prepared else 0


class JudgeRunner:
    """Prepares clips for a judge and has it answer; a judge that fails never ends a run, one that
    is lost does.

    Args:
        judge: Who is asked.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._batch_judge = judge if isinstance(judge, BatchJudge) else None

    @property
    def batch_clips(self) -> int:
        """How many videos are worth collecting for one call."""
        return self._batch_judge.batch_clips if self._batch_judge else 1

    def prepare(self, clip: Clip, questions: Sequence[str]) -> JudgeInput:
        """What can be done before the judge is free; in any thread."""
        held = clip.frames.nbytes
        if self._batch_judge is None:
            return JudgeInput(questions=questions, clip=clip, held_bytes=held)
        try:
            prepared = self._batch_judge.prepare(clip, questions)
        except Exception as error:  # a broken judge must not end the run
            logger.exception("the judge can't prepare a clip")
            return JudgeInput(questions=questions, failure=as_reason(error))
        return JudgeInput(questions=questions, prepared=prepared, held_bytes=held)

    def answer(self, batch: Sequence[JudgeInput]) -> list[list[Judged]]:
        """The answers about each clip; in one thread."""
        if self._batch_judge and len(batch) > 1 and not any(one.failure for one in batch):
            try:
                return self._answer_batch(self._batch_judge, batch)
            except JudgeLostError:
                raise
            except Exception:  # one clip must not cost the others their answers
                logger.exception("the judge failed on %d clips; each is tried alone", len(batch))
        return [self._answer_one(one) for one in batch]

    def _answer_batch(self, judge: BatchJudge, batch: Sequence[JudgeInput]) -> list[list[Judged]]:
        answers = judge.answer([one.prepared for one in batch if one.prepared])
        pairs = zip(batch, answers, strict=True)
        return [_checked(judgements, one.questions) for one, judgements in pairs]

    def _answer_one(self, one: JudgeInput) -> list[Judged]:
        failure = one.failure
        try:
            if failure is None and self._batch_judge:
                return self._answer_batch(self._batch_judge, [one])[0]
            if failure is None and one.clip:
                return _checked(self.judge.judge(one.clip, list(one.questions)), one.questions)
        except JudgeLostError:
            raise
        except Exception as error:  # a broken judge must not end the run
            logger.exception("the judge failed")
            failure = as_reason(error)
        reason = as_reason(f"the judge failed: {failure}")
        error_row = Judged(answer="error", p_yes=None, mass=None, reason=reason)
        return [error_row] * len(one.questions)


def _checked(judgements: Sequence[Judgement], questions: Sequence[str]) -> list[Judged]:
    if not isinstance(judgements, Sequence):
        raise TypeError(f"expected a list of Judgement, got {brief(judgements)}")
    if len(judgements) != len(questions):
        raise ValueError(f"{len(judgements)} answers to {len(questions)} questions")
    return [_judged(judgement) for judgement in judgements]


def _judged(judgement: Judgement) -> Judged:
    if not isinstance(judgement, Judgement):
        raise TypeError(f"expected a Judgement for each question, got {brief(judgement)}")
    given = vars(judgement)
    if judgement.reason is not None:
        given = given | {"reason": as_reason(str(judgement.reason))}
    try:
        return Judged(**given)
    except ValidationError as error:
        raise ValueError(f"Judgement: {describe_validation_error(error)}") from None
