"""Score a submission: decode each video once, ask the judge, measure, log; resumable anywhere.

What is left to do is worked out from the run folder's logs and the cache before a video is opened,
and every result is on disk before the next video begins. So a kill loses at most the batch in
flight, and a finished run that is started again decodes nothing and asks nobody.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from evaluators.cache import EvaluationCache
from evaluators.check import assemble_check, unreadable_video, unusable_files
from evaluators.frames import DecodeError, Limits, Video, decode_video, hash_file
from evaluators.judges import Judge
from evaluators.metrics import MODEL_FREE_METRICS, Metric
from evaluators.steps import AskStep, LookStep, MeasureStep, version_of
from evaluators.steps.current import Digests, is_current
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import VideoReport
from omiti2v.records import brief, write_atomically
from omiti2v.runs import (
    EditionStamp,
    JudgeStamp,
    MetricStamp,
    RunInfo,
    RunWriter,
    read_run,
)
from omiti2v.samples import Sample
from omiti2v.scores import RESAMPLES, Missing, Scores
from omiti2v.submissions import Submission

Progress = Callable[[str], None]
"""Called with a sample's id when it is done."""

_VERSIONED = ("omiti2v", "numpy", "av", "opencv-python-headless", "torch", "transformers")


@dataclass(frozen=True, kw_only=True)
class ScoringOptions:
    """How a run is made.

    Attributes:
        sample_ids: The samples to score; None for all.
        metrics: The metrics to compute.
        missing: What a sample without a video counts.
        resamples, seed: Of the bootstrap.
        allow_mismatch: Judge a video though its first frame shows another sample's image.
        limits: On each video.
    """

    sample_ids: tuple[str, ...] | None = None
    metrics: Sequence[Metric] = MODEL_FREE_METRICS
    missing: Missing = "zero"
    resamples: int = RESAMPLES
    seed: int = 0
    allow_mismatch: bool = False
    limits: Limits = field(default_factory=Limits)


def score_submission(
    submission: Submission,
    edition: Edition,
    run_folder: Path,
    *,
    judge: Judge | None,
    cache: EvaluationCache | None,
    options: ScoringOptions,
    progress: Progress = lambda sample_id: None,
) -> Scores:
    """Score a submission into a run folder, going on where an earlier call stopped.

    Args:
        submission: The videos.
        edition: With its images.
        run_folder: Made where absent; holds this run or nothing.
        judge: None to compute metrics only.
        cache: Results of earlier runs; None for none.
        options: See there.
        progress: Called after each sample.

    Raises:
        UserError: The run folder can't be used, or a result can't be written. What was computed
            before is in the run folder.
    """
    wanted = set(edition.by_id if options.sample_ids is None else options.sample_ids)
    unknown = sorted(wanted - edition.by_id.keys())
    if unknown:
        raise UserError(f"sample_ids: {brief(unknown[0])} is not in edition {edition.name}")
    samples = tuple(sample for sample in edition.samples if sample.id in wanted)
    info = _run_info(submission, edition, judge, options)
    with RunWriter(run_folder, info, edition) as run:
        _Scorer(edition, run, judge, cache, options).run(samples, submission, progress)
        missing = tuple(name for name in submission.missing if name in wanted)
        report = assemble_check(replace(submission, missing=missing), edition, run.videos.rows)
        write_atomically(run.paths.check, report.model_dump_json(indent=2) + "\n")
        # From the files, not from memory: what was written is what counts.
        scores = read_run(run_folder).compute_scores(
            missing=options.missing, resamples=options.resamples, seed=options.seed
        )
        write_atomically(run.paths.scores, scores.model_dump_json(indent=2) + "\n")
    return scores


class _Scorer:
    """The steps of a run, and the order in which a video goes through them."""

    def __init__(
        self,
        edition: Edition,
        run: RunWriter,
        judge: Judge | None,
        cache: EvaluationCache | None,
        options: ScoringOptions,
    ) -> None:
        overruled = ("swapped",) if options.allow_mismatch else ()
        self._run = run
        self._limits = options.limits
        self._look = LookStep(edition, run, cache, overruled=overruled)
        self._measure = MeasureStep(options.metrics, edition, run, cache)
        self._ask = AskStep(judge, edition, run, cache) if judge else None

    def run(self, samples: Sequence[Sample], submission: Submission, progress: Progress) -> None:
        """Take every sample through the steps."""
        digests = {
            sample.id: self._hash_or_none(submission.videos[sample.id])
            for sample in samples
            if sample.id in submission.videos
        }
        self._refuse_other_videos(digests)
        for step in (self._look, self._measure, self._ask):
            if step:
                step.forget_outdated(digests)
        unusable = unusable_files(submission)
        for sample in samples:
            if sample.id in unusable:
                self._fail(sample, unusable[sample.id])
            elif sample.id in submission.videos:
                self._score(sample, submission.videos[sample.id], digests[sample.id])
            progress(sample.id)

    def _refuse_other_videos(self, digests: Digests) -> None:
        """A run of which no video is left is another submission's, be its name the same."""
        logged = [row for row in self._run.videos.rows if row.sha256 is not None]
        if logged and not any(is_current(row.sample_id, row.sha256, digests) for row in logged):
            raise UserError(
                f"{self._run.paths.folder}: holds a run on other videos, none of which is in the "
                "submission; give another folder to -o"
            )

    def _score(self, sample: Sample, path: Path, digest: str | None) -> None:
        video: Video | None = None
        if self._look.is_pending(sample, path.name, digest):
            video = self._decode(sample, path, digest)
            if video is None:
                return
            self._look.run(sample, video)
        obstacle = self._look.obstacle(sample)
        if obstacle:
            self._give_up(sample, digest, obstacle)
            return
        must_measure = self._measure.is_pending(sample, digest)
        must_ask = self._ask is not None and self._ask.is_pending(sample, digest)
        if must_measure or must_ask:
            video = video or self._decode(sample, path, digest)
        if video is None:
            return
        if must_measure:
            self._measure.run(sample, video)
        if must_ask and self._ask:
            self._ask.run(sample, video)

    def _decode(self, sample: Sample, path: Path, digest: str | None) -> Video | None:
        """The video; None where it can't be decoded, which is then logged."""
        try:
            return decode_video(path, limits=self._limits)
        except DecodeError as error:
            self._fail(sample, unreadable_video(sample, path, digest, str(error)))
            return None

    def _hash_or_none(self, path: Path) -> str | None:
        try:
            return hash_file(path, limits=self._limits)
        except DecodeError:
            return None

    def _fail(self, sample: Sample, report: VideoReport) -> None:
        self._look.fail(report)
        self._give_up(sample, report.sha256, report.findings[0].message)

    def _give_up(self, sample: Sample, digest: str | None, reason: str) -> None:
        self._measure.fail(sample, digest, reason)
        if self._ask:
            self._ask.fail(sample, digest, reason)


def _run_info(
    submission: Submission, edition: Edition, judge: Judge | None, options: ScoringOptions
) -> RunInfo:
    return RunInfo(
        submission=submission.info,
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        sample_ids=options.sample_ids,
        allow_mismatch=options.allow_mismatch,
        judge=JudgeStamp(
            name=judge.name, fingerprint=judge.fingerprint, identity=dict(judge.identity)
        )
        if judge
        else None,
        metrics={
            quantity.name: MetricStamp(
                version=version_of(metric),
                unit=quantity.unit,
                higher_is_better=quantity.higher_is_better,
                bounds=quantity.bounds,
                description=quantity.description,
            )
            for metric in options.metrics
            for quantity in metric.quantities
        },
        missing=options.missing,
        resamples=options.resamples,
        seed=options.seed,
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
