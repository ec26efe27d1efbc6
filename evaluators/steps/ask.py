"""The judge's answers about a video."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from evaluators.cache import EvaluationCache, cache_key
from evaluators.frames import FRAMES_VERSION, Video, sample_frames
from evaluators.judges import Judge, Judgement
from evaluators.steps.current import Digests, as_reason, is_current
from omiti2v.editions import Edition
from omiti2v.records import Record
from omiti2v.responses import Answer, Probability, Reason, Response
from omiti2v.runs import RunWriter
from omiti2v.samples import Question, Sample

logger = logging.getLogger(__name__)


class CachedJudgement(Record):
    """A judgement as the cache keeps it."""

    answer: Answer
    p_yes: Probability | None
    mass: Probability | None
    reason: Reason | None


class AskStep:
    """The judge's answers.

    Args:
        judge: Who is asked.
        edition: What is asked.
        run: Where to log.
        cache: None for none.
    """

    def __init__(
        self, judge: Judge, edition: Edition, run: RunWriter, cache: EvaluationCache | None
    ) -> None:
        self._judge = judge
        self._edition = edition
        self._run = run
        self._cache = cache
        self._frames = f"{judge.frame_rule},v{FRAMES_VERSION}"
        self._answered: set[tuple[str, str]] = set()

    def forget_outdated(self, digests: Digests) -> None:
        """Drop answers about other files, to other questions or by other judges, and errors."""
        asked = {
            (sample.id, question.id): question.question
            for sample in self._edition.samples
            for question in sample.questions
        }
        self._run.responses.keep(
            lambda row: (
                is_current(row.sample_id, row.video_sha256, digests)
                and row.answer != "error"
                and row.judge == self._judge.fingerprint
                and row.frames == self._frames
                and asked.get((row.sample_id, row.question_id)) == row.question
            )
        )
        self._answered = {(r.sample_id, r.question_id) for r in self._run.responses.rows}

    def is_pending(self, sample: Sample, digest: str | None) -> bool:
        """Whether the video must be opened for this; what the cache knows is logged."""
        keys = {question.id: self._key(question, digest) for question in self._open(sample)}
        known = self._cache.get(list(keys.values()), CachedJudgement) if self._cache else {}
        pairs = [
            (question, known[keys[question.id]])
            for question in self._open(sample)
            if keys[question.id] in known
        ]
        self._log(sample, digest, pairs)
        return bool(self._open(sample))

    def run(self, sample: Sample, video: Video) -> None:
        """Ask what is open about one video: one batch."""
        questions = self._open(sample)
        try:
            clip = sample_frames(video, self._judge.frame_rule)
            answers = self._judge.judge(clip, [question.question for question in questions])
            judgements = [_validated(answer) for answer in answers]
            if len(judgements) != len(questions):
                raise ValueError(f"{len(judgements)} answers to {len(questions)} questions")
        except Exception as error:  # a broken judge must not end the run
            logger.exception("%s: the judge failed", sample.id)
            self._log_errors(sample, video.sha256, f"the judge failed: {as_reason(error)}")
            return
        pairs = list(zip(questions, judgements, strict=True))
        if self._cache:
            self._cache.put(
                {
                    self._key(question, video.sha256): judgement
                    for question, judgement in pairs
                    if judgement.answer != "error"
                }
            )
        self._log(sample, video.sha256, pairs)

    def fail(self, sample: Sample, digest: str | None, reason: str) -> None:
        """Log that nothing about this video can be answered, whatever was answered before."""
        self._run.responses.keep(lambda row: row.sample_id != sample.id)
        self._answered -= {(sample.id, question.id) for question in sample.questions}
        self._log_errors(sample, digest, reason)

    def _log_errors(self, sample: Sample, digest: str | None, reason: str) -> None:
        failure = CachedJudgement(answer="error", p_yes=None, mass=None, reason=as_reason(reason))
        self._log(sample, digest, [(question, failure) for question in self._open(sample)])

    def _open(self, sample: Sample) -> list[Question]:
        return [q for q in sample.questions if (sample.id, q.id) not in self._answered]

    def _log(
        self, sample: Sample, digest: str | None, pairs: Sequence[tuple[Question, CachedJudgement]]
    ) -> None:
        rows = [
            Response(
                sample_id=sample.id,
                question_id=question.id,
                question=question.question,
                answer=judgement.answer,
                p_yes=judgement.p_yes,
                mass=judgement.mass,
                reason=judgement.reason,
                video_sha256=digest,
                judge=self._judge.fingerprint,
                frames=self._frames,
            )
            for question, judgement in pairs
        ]
        self._run.responses.add(rows)
        self._answered |= {(row.sample_id, row.question_id) for row in rows}

    def _key(self, question: Question, digest: str | None) -> str:
        return cache_key(
            kind="judgement",
            video=digest,
            frames=self._frames,
            question=question.question,
            judge=self._judge.fingerprint,
        )


def _validated(judgement: Judgement) -> CachedJudgement:
    reason = None if judgement.reason is None else as_reason(judgement.reason)
    return CachedJudgement(
        answer=judgement.answer, p_yes=judgement.p_yes, mass=judgement.mass, reason=reason
    )
