"""The state of a run: what its logs and the cache know of each video, and what is left to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evaluators.cache import EvaluationCache
from evaluators.check import unreadable_video, unusable_files
from evaluators.engines import JudgeInfo
from evaluators.engines.tasks import VideoResult, VideoTask
from evaluators.frames import DecodeError, Limits, hash_file
from evaluators.metrics import Metric
from evaluators.run_state.checks import Checks
from evaluators.run_state.judgements import Judgements
from evaluators.run_state.measurements import Measurements
from evaluators.run_state.presence import Presence, find_presence, rename_rows, said_of
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample
from omiti2v.submissions import Submission
from omiti2v.takes import SampleVideo, sample_of, take_of

logger = logging.getLogger(__name__)

_HASHING = 4


class RunState:
    """What is known and what is pending, and the writing of what an engine finds out.

    Args:
        edition: What is asked.
        run: Where results are logged.
        judge: Who is asked; None for nobody.
        cache: Results of earlier runs; None for none.
        metrics: What is measured.
        allowed_errors: Codes of error findings that do not keep a video from being judged.
        limits: On each video.
        videos_at: Where the engine finds the submission's files; None for where they are.
        forget_missing: Drop what is known of videos that are not there.
        retry_costly: Open files again that used up their time or memory.
        say: Told in one line which videos are not there.

    Attributes:
        kept: Why each video that is not there, but known, can't be read; once tasks are asked for.
    """

    def __init__(
        self,
        edition: Edition,
        run: RunWriter,
        judge: JudgeInfo | None,
        cache: EvaluationCache | None,
        *,
        metrics: Sequence[Metric],
        allowed_errors: tuple[str, ...],
        limits: Limits,
        videos_at: str | None,
        forget_missing: bool = False,
        retry_costly: bool = False,
        say: Callable[[str], None] = logger.warning,
    ) -> None:
        self.kept: Mapping[str, str] = {}
        self._forget_missing = forget_missing
        self._retry_costly = retry_costly
        self._say = say
        self._run = run
        self._limits = limits
        self._videos_at = videos_at
        self._checks = Checks(edition, run, cache, allowed_errors=allowed_errors)
        self._measurements = Measurements(metrics, edition, run, cache)
        self._judgements = Judgements(judge, edition, run, cache)
        self._tasks: dict[str, VideoTask] = {}

    def pending_tasks(
        self, samples: Sequence[Sample], submission: Submission, done: Callable[[str], None]
    ) -> Iterator[VideoTask]:
        """The tasks of what is pending; what is known by then is logged on the way.

        Args:
            samples: Of the run.
            submission: Their videos.
            done: Called with the id of each video of which nothing is pending, and of each sample
                without one.

        Raises:
            UserError: The run is about other videos, or can't be written.
        """
        hashed = self._hash(samples, submission)
        unusable = unusable_files(submission)
        presence = self._find_presence(samples, submission, hashed, unusable)
        # Before a row changes: a run that is refused is left as it was.
        self._measurements.refuse_loss(presence)
        self._judgements.refuse_loss(presence)
        rename_rows(self._run, presence.moved)
        self._checks.forget_outdated(presence, retry_costly=self._retry_costly)
        self._measurements.forget_outdated(presence)
        self._judgements.forget_outdated(presence)
        self.kept = presence.kept
        for found in _videos_of(samples, submission):
            video = SampleVideo(found.sample, take_of(presence.names.get(found.id, found.id)))
            task = None
            if video.id in presence.kept:
                pass
            elif found.id in unusable:
                self._fail(video, unusable[found.id])
            elif video.id in presence.digests:
                path = submission.videos[found.id]
                digest = presence.digests[video.id]
                task = self._task(video, path, submission.name_of(path), digest)
            elif found.id in hashed:
                name = submission.name_of(submission.videos[found.id])
                self._fail(video, unreadable_video(video, name, None, str(hashed[found.id])))
            if task:
                self._tasks[video.id] = task
                yield task
            else:
                done(video.id)

    def _find_presence(
        self,
        samples: Sequence[Sample],
        submission: Submission,
        hashed: Mapping[str, str | DecodeError],
        unusable: Mapping[str, VideoReport],
    ) -> Presence:
        digests = {name: found for name, found in hashed.items() if isinstance(found, str)}
        self._refuse_other_videos(digests)
        covered = {sample.id for sample in samples}
        unreadable = {
            name: (submission.name_of(submission.videos[name]), str(found))
            for name, found in hashed.items()
            if isinstance(found, DecodeError)
        } | {
            name: (report.file, report.findings[0].message)
            for name, report in unusable.items()
            if report.sample_id in covered
        }
        presence = find_presence(
            self._run.videos.rows, digests, unreadable, forget_missing=self._forget_missing
        )
        known = presence.digests.keys() | {row.video_id for row in self._run.videos.rows}
        logged = {row.video_id for row in self._run.responses.rows}
        logged |= {row.video_id for row in self._run.measurements.rows}
        if (lost := sorted(logged - known)) and not self._forget_missing:
            raise UserError(
                f"{self._run.paths.videos}: has no row of {lost[0]}, of which there are answers "
                "or numbers, and its file can't be read; put it back, or --forget-missing to "
                "drop what is known of it"
            )
        if presence.kept:
            known_files = sum(row.sha256 is not None for row in self._run.videos.rows)
            self._say(f"{self._run.paths.folder}: {said_of(presence.kept, known_files)}")
        return presence

    def record(self, result: VideoResult) -> None:
        """Write what was found out about a video."""
        task = self._tasks[result.video_id]
        video, digest = task.video, task.digest
        if result.complete:
            del self._tasks[video.id]
        if result.failure is not None:
            report = unreadable_video(
                video, task.file, digest, result.failure, code=result.failure_code
            )
            self._fail(video, report)
            return
        if result.checked:
            self._checks.record(video, digest, result.checked)
        blocking_error = self._checks.blocking_error(video)
        if blocking_error:
            self._give_up(video, digest, blocking_error)
            return
        self._measurements.record(video, digest, result.measured)
        self._judgements.record(video, digest, result.judged)
        if result.checked:
            # What the cache knows, not before it is known that the video may be judged.
            self._measurements.log(video, digest, self._measurements.cached(video, digest))
            self._judgements.log(video, digest, self._judgements.cached(video, digest))

    def _task(self, video: SampleVideo, path: Path, name: str, digest: str) -> VideoTask | None:
        check = self._checks.is_pending(video, name, digest)
        blocking_error = None if check else self._checks.blocking_error(video)
        if blocking_error:
            self._give_up(video, digest, blocking_error)
            return None
        measured = self._measurements.cached(video, digest)
        judged = self._judgements.cached(video, digest)
        if not check:
            self._measurements.log(video, digest, measured)
            self._judgements.log(video, digest, judged)
        metrics = self._measurements.pending(video, measured)
        questions = self._judgements.pending(video, judged)
        if not (check or metrics or questions):
            return None
        base = self._videos_at
        return VideoTask(
            sample=video.sample,
            take=video.take,
            location=f"{base.rstrip('/')}/{name}" if base else str(path),
            file=name,
            digest=digest,
            check=check,
            allowed_errors=self._checks.allowed_errors,
            metrics=metrics,
            questions=questions,
        )

    def _refuse_other_videos(self, digests: Mapping[str, str]) -> None:
        """A run of which no video is left is another submission's, be its name the same."""
        logged = [row for row in self._run.videos.rows if row.frames is not None]
        # By sample, for what was its only video may be one of several by now.
        there = {(sample_of(video), digest) for video, digest in digests.items()}
        if logged and there and not any((row.sample_id, row.sha256) in there for row in logged):
            raise UserError(
                f"{self._run.paths.folder}: holds a run on other videos, none of which is in the "
                "submission; give another folder to -o"
            )

    def _hash(
        self, samples: Sequence[Sample], submission: Submission
    ) -> dict[str, str | DecodeError]:
        """The digest of each video, or why there is none, by the video's id."""

        def hash_one(path: Path) -> str | DecodeError:
            try:
                return hash_file(path, limits=self._limits)
            except DecodeError as error:
                return error

        videos = _videos_of(samples, submission)
        names = [video.id for video in videos if video.id in submission.videos]
        with ThreadPoolExecutor(_HASHING) as pool:
            found = pool.map(hash_one, (submission.videos[name] for name in names))
            return dict(zip(names, found, strict=True))

    def _fail(self, video: SampleVideo, report: VideoReport) -> None:
        self._checks.fail(report)
        self._give_up(video, report.sha256, report.findings[0].message)

    def _give_up(self, video: SampleVideo, digest: str | None, reason: str) -> None:
        self._measurements.fail(video, digest, reason)
        self._judgements.fail(video, digest, reason)


def _videos_of(samples: Sequence[Sample], submission: Submission) -> list[SampleVideo]:
    """The videos of each sample in the order of their takes; one that is not there where it has
    none."""
    ids = submission.by_sample
    return [
        SampleVideo(sample, take_of(video))
        for sample in samples
        for video in ids.get(sample.id, [sample.id])
    ]
