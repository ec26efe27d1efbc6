"""Score a submission: decode each video once, ask the judge, measure, log; resumable anywhere.

What is left to do is worked out here, from the run folder's logs and the cache, before a video is
opened; an engine does it, in this process or in many; and here alone the results are written, as
they come. So a kill loses at most the batch in flight, a power cut at most the last second, and a
finished run that is started again decodes nothing and asks nobody.
"""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from evaluators.cache import EvaluationCache
from evaluators.check import assemble_check
from evaluators.engines import Engine, JudgeInfo, LocalEngine, StageTimer
from evaluators.engines.examine import Examiner
from evaluators.engines.tasks import ResultBatch, VideoTask
from evaluators.frames import Limits
from evaluators.judges import Judge
from evaluators.metrics import MODEL_FREE_METRICS, Metric
from evaluators.run_state import RunState, metric_version
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import Finding
from omiti2v.records import brief, write_atomically
from omiti2v.runs import (
    EditionStamp,
    JudgeStamp,
    MetricStamp,
    PlanStamp,
    RunInfo,
    RunWriter,
    read_run,
)
from omiti2v.scores import RESAMPLES, Missing, Scores
from omiti2v.submissions import Submission
from omiti2v.takes import by_sample

logger = logging.getLogger(__name__)

Progress = Callable[[str], None]
"""Called with a video's id when it is done, and with that of a sample without a video."""

_SYNC_SECONDS = 1.0
_VERSIONED = ("omiti2v", "numpy", "av", "opencv-python-headless", "torch", "transformers")


@dataclass(frozen=True, kw_only=True)
class ScoringOptions:
    """How a run is made.

    Attributes:
        sample_ids: The samples to score; None for all.
        plan: Whose samples they are; with it a run folder grows from look to look.
        metrics: The metrics to compute.
        missing: What a sample without a video counts.
        resamples, seed: Of the tests of a comparison, for the record.
        allow_mismatch: Judge a video though its first frame shows another sample's image.
        limits: On each video.
        videos_at: Where the engine finds the files that lie in the submission's folder: an address
            that fsspec knows, or a folder; None for the submission's folder.
        forget_missing: Drop what the run knows of videos that are not there; else it is kept.
        retry_costly: Open files again that used up their time or memory in an earlier call.
    """

    sample_ids: tuple[str, ...] | None = None
    plan: PlanStamp | None = None
    metrics: Sequence[Metric] = MODEL_FREE_METRICS
    missing: Missing = "zero"
    resamples: int = RESAMPLES
    seed: int = 0
    allow_mismatch: bool = False
    limits: Limits = field(default_factory=Limits)
    videos_at: str | None = None
    forget_missing: bool = False
    retry_costly: bool = False


def score_submission(
    submission: Submission,
    edition: Edition,
    run_folder: Path,
    *,
    judge: Judge | Engine | None,
    cache: EvaluationCache | None,
    options: ScoringOptions,
    progress: Progress = lambda video_id: None,
    timer: StageTimer | None = None,
    say: Callable[[str], None] = logger.warning,
) -> Scores:
    """Score a submission into a run folder, going on where an earlier call stopped.

    Args:
        submission: The videos.
        edition: With its images.
        run_folder: Made where absent; holds this run or nothing.
        judge: Who answers: a judge, to be asked in this process, or an engine that has one; None
            to compute metrics only.
        cache: Results of earlier runs; None for none.
        options: See there.
        progress: Called after each video.
        timer: Gets the time by stage.
        say: Told in one line which videos that the run knows are not there.

    Raises:
        UserError: The run folder can't be used, or a result can't be written. What was computed
            before is in the run folder.
    """
    wanted = set(edition.by_id if options.sample_ids is None else options.sample_ids)
    unknown = sorted(wanted - edition.by_id.keys())
    if unknown:
        raise UserError(f"sample_ids: {brief(unknown[0])} is not in edition {edition.name}")
    samples = tuple(sample for sample in edition.samples if sample.id in wanted)
    if isinstance(judge, Engine):
        engine = judge
    else:
        examiner = Examiner(edition, judge=judge, metrics=options.metrics, limits=options.limits)
        engine = LocalEngine(examiner)
    timer = timer or StageTimer()
    info = _run_info(submission, edition, engine.judge, options)
    with RunWriter(run_folder, info, edition) as run:
        state = RunState(
            edition,
            run,
            engine.judge,
            cache,
            metrics=options.metrics,
            allowed_errors=("swapped",) if options.allow_mismatch else (),
            limits=options.limits,
            videos_at=options.videos_at,
            forget_missing=options.forget_missing,
            retry_costly=options.retry_costly,
            say=say,
        )
        tasks = _timed(state.pending_tasks(samples, submission, progress), timer)
        _write_results(engine.run(tasks), state, run, progress, timer)
        kept = state.kept
        del state, tasks
        without = wanted - by_sample(kept).keys()
        missing = tuple(name for name in submission.missing if name in without)
        report = assemble_check(replace(submission, missing=missing), edition, run.videos.rows)
        report = report.model_copy(update={"findings": (*_not_there(kept), *report.findings)})
        write_atomically(run.paths.check, report.model_dump_json(indent=2) + "\n")
        # Every row would be in memory twice when the files are read back.
        del report
        run.forget()
        # From the files, not from memory: what was written is what counts.
        scores = read_run(run_folder).compute_scores(
            missing=options.missing, resamples=options.resamples, seed=options.seed
        )
        write_atomically(run.paths.scores, scores.model_dump_json(indent=2) + "\n")
    return scores


def _write_results(
    batches: Generator[ResultBatch, None, None],
    state: RunState,
    run: RunWriter,
    progress: Progress,
    timer: StageTimer,
) -> None:
    """Write what comes, batch by batch."""
    synced = time.monotonic()
    with closing(batches):
        for batch in batches:
            timer.add(batch.seconds)
            with timer.time("writing"):
                for result in batch.results:
                    state.record(result)
                # To wait for the disk after each batch would take longer than a small judge does.
                if time.monotonic() - synced > _SYNC_SECONDS:
                    run.sync()
                    synced = time.monotonic()
            for result in batch.results:
                if result.complete:
                    progress(result.video_id)


def _not_there(kept: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(level="error", code="kept", subject=video, message=f"{why}; what is known is kept")
        for video, why in kept.items()
    ]


def _timed(tasks: Iterator[VideoTask], timer: StageTimer) -> Iterator[VideoTask]:
    while True:
        with timer.time("planning"):
            task = next(tasks, None)
        if task is None:
            return
        yield task


def _run_info(
    submission: Submission, edition: Edition, judge: JudgeInfo | None, options: ScoringOptions
) -> RunInfo:
    return RunInfo(
        submission=submission.info,
        edition=EditionStamp(
            name=edition.name, fingerprint=edition.fingerprint, samples=len(edition.samples)
        ),
        sample_ids=options.sample_ids,
        plan=options.plan,
        allow_mismatch=options.allow_mismatch,
        judge=JudgeStamp(
            name=judge.name, fingerprint=judge.fingerprint, identity=dict(judge.identity)
        )
        if judge
        else None,
        metrics={
            quantity.name: MetricStamp(
                version=metric_version(metric),
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
