"""The judge's answers about each video of a run: logged, cached or pending."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators.cache import EvaluationCache, cache_key
from evaluators.engines import JudgeInfo
from evaluators.engines.tasks import Judged
from evaluators.frames import FRAMES_VERSION
from evaluators.run_state.presence import Presence
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import Response, as_reason
from omiti2v.runs import RunWriter
from omiti2v.samples import Question
from omiti2v.takes import SampleVideo


class Judgements:
    """The judge's answers.

    Args:
        judge: Who is asked; None for nobody.
        edition: What is asked.
        run: Where to log.
        cache: None for none.
    """

    def __init__(
        self,
        judge: JudgeInfo | None,
        edition: Edition,
        run: RunWriter,
        cache: EvaluationCache | None,
    ) -> None:
        self._judge = judge.fingerprint if judge else ""
        self._frames = f"{judge.frame_rule},v{FRAMES_VERSION}" if judge else ""
        self._edition = edition
        self._run = run
        self._cache = cache
        self._answered: set[tuple[str, str]] = set()

    def refuse_loss(self, presence: Presence) -> None:
        """Refuse to go on where answers would be lost.

        Raises:
            UserError: Answers about a file that is not there were given on other frames.
        """
        for row in self._run.responses.rows:
            if presence.is_kept(row.video_id) and row.frames != self._frames:
                raise UserError(
                    f"{self._run.paths.responses}: {row.video_id}: answered on frames by "
                    f"{row.frames}, now they are chosen by {self._frames}, and the video is not "
                    "there to ask again; put it back, give another folder to -o, or "
                    "--forget-missing to drop what is known of it"
                )

    def forget_outdated(self, presence: Presence) -> None:
        """Drop answers about other files and on other frames, and errors.

        Raises:
            UserError: As `refuse_loss`.
        """
        self.refuse_loss(presence)
        log = self._run.responses
        log.keep(
            lambda row: (
                presence.is_kept(row.video_id)
                or (
                    presence.is_there(row.video_id, row.video_sha256)
                    and row.answer != "error"
                    and row.frames == self._frames
                )
            )
        )
        self._answered = {(r.video_id, r.question_id) for r in log.rows}

    def cached(self, video: SampleVideo, digest: str) -> dict[str, Judged]:
        """What the cache knows of the questions that are open, by their ids."""
        keys = {question.id: self._key(question, digest) for question in self._open(video)}
        found = self._cache.get(list(keys.values()), Judged) if self._cache else {}
        return {question: found[key] for question, key in keys.items() if key in found}

    def pending(self, video: SampleVideo, cached: Mapping[str, Judged]) -> tuple[Question, ...]:
        """What is left to ask."""
        return tuple(question for question in self._open(video) if question.id not in cached)

    def record(self, video: SampleVideo, digest: str, judged: Mapping[str, Judged]) -> None:
        """Log and cache answers that were given just now."""
        given = {
            self._key(question, digest): judged[question.id]
            for question in self._open(video)
            if question.id in judged and judged[question.id].answer != "error"
        }
        try:
            self.log(video, digest, judged)
        finally:  # the cache may have room where the log has none
            if self._cache and given:
                self._cache.put(given)

    def log(self, video: SampleVideo, digest: str | None, judged: Mapping[str, Judged]) -> None:
        """Log answers, to open questions alone."""
        rows = [
            Response(
                sample_id=video.sample.id,
                take=video.take,
                question_id=question.id,
                question=question.question,
                video_sha256=digest,
                judge=self._judge,
                frames=self._frames,
                **judged[question.id].model_dump(),
            )
            for question in self._open(video)
            if question.id in judged
        ]
        self._run.responses.add(rows)
        self._answered |= {(row.video_id, row.question_id) for row in rows}

    def fail(self, video: SampleVideo, digest: str | None, reason: str) -> None:
        """Log that what is open about this video can't be answered."""
        error = Judged(answer="error", p_yes=None, mass=None, reason=as_reason(reason))
        self.log(video, digest, {question.id: error for question in self._open(video)})

    def _open(self, video: SampleVideo) -> list[Question]:
        if not self._judge:
            return []
        return [q for q in video.sample.questions if (video.id, q.id) not in self._answered]

    def _key(self, question: Question, digest: str) -> str:
        return cache_key(
            kind="judgement",
            video=digest,
            frames=self._frames,
            question=question.question,
            judge=self._judge,
        )
