"""The check of a submission's files before any judge is asked: `omiti2v check`."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evaluators.first_frame import FirstFrameMatch, FirstFrameMatcher
from evaluators.frames import DecodeError, Limits, Video, decode_video, hash_file
from evaluators.frames.limits import DEFAULT_LIMITS
from evaluators.metrics.stillness import frozen_frame_share
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.findings import CheckReport, Code, Finding, Level, VideoReport
from omiti2v.responses import as_reason
from omiti2v.samples import Sample
from omiti2v.submissions import Submission

logger = logging.getLogger(__name__)


class VideoChecker:
    """Checks single videos of an edition's samples.

    Args:
        edition: With its images.
    """

    def __init__(self, edition: Edition) -> None:
        self._samples = edition.samples
        self._position = {sample.id: i for i, sample in enumerate(edition.samples)}
        self._matcher = FirstFrameMatcher([edition.image_path(s) for s in edition.samples])

    def check(self, sample: Sample, video: Video) -> VideoReport:
        """What is worth saying of a decoded video.

        Raises:
            UserError: A reference image can't be read.
        """
        match = self._matcher.match(video.frames[0], self._position[sample.id])
        return VideoReport(
            sample_id=sample.id,
            file=video.path.name,
            sha256=video.sha256,
            frames=len(video.frames),
            fps=round(video.fps, 3),
            width=video.width,
            height=video.height,
            codec=video.codec,
            findings=tuple(self._findings(video, match)),
        )

    def _findings(self, video: Video, match: FirstFrameMatch) -> Iterator[Finding]:
        name = video.path.name
        if match.is_swapped and match.other is not None:
            yield _finding(
                "error",
                "swapped",
                name,
                f"its first frame shows the reference image of {self._samples[match.other].id} "
                f"(agreement {match.other_agreement:.2f}), not its own ({match.own:.2f}); "
                "are two files swapped?",
            )
        elif match.is_poor:
            yield _finding(
                "warning",
                "poor-match",
                name,
                f"its first frame looks little like its reference image ({match.own:.2f})",
            )
        if video.truncated:
            yield _finding(
                "warning",
                "truncated",
                name,
                f"the file is damaged or ends early; {len(video.frames)} frames could be read",
            )
        if frozen_frame_share(video) == 1.0:
            yield _finding("warning", "frozen", name, "every frame shows the same picture")


def unreadable_video(sample: Sample, path: Path, sha256: str | None, reason: str) -> VideoReport:
    """The report of a video that can't be decoded."""
    finding = _finding("error", "undecodable", path.name, reason)
    return VideoReport(sample_id=sample.id, file=path.name, sha256=sha256, findings=(finding,))


def unusable_files(submission: Submission) -> dict[str, VideoReport]:
    """Reports of the samples whose file can't even be chosen, by sample id."""
    reports = {}
    for sample_id, paths in submission.ambiguous.items():
        names = ", ".join(path.name for path in paths)
        message = f"{len(paths)} files for one sample: {names}; keep one"
        finding = _finding("error", "two-files", sample_id, message)
        reports[sample_id] = VideoReport(
            sample_id=sample_id, file=paths[0].name, findings=(finding,)
        )
    for sample_id, (path, reason) in submission.refused.items():
        finding = _finding("error", "refused", path.name, reason)
        reports[sample_id] = VideoReport(sample_id=sample_id, file=path.name, findings=(finding,))
    return reports


def check_submission(
    submission: Submission,
    edition: Edition,
    *,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[], None] = lambda: None,
) -> CheckReport:
    """Check every file of a submission, without a model.

    Args:
        submission: The files.
        edition: With its images.
        limits: On each video.
        progress: Called after each video.

    Raises:
        UserError: A reference image can't be read.
    """
    checker = VideoChecker(edition)

    def check(sample: Sample) -> VideoReport:
        path = submission.videos[sample.id]
        sha256 = None
        try:
            sha256 = hash_file(path, limits=limits)
            return checker.check(sample, decode_video(path, limits=limits))
        except DecodeError as error:
            return unreadable_video(sample, path, sha256, str(error))
        except UserError:
            raise
        except Exception as error:  # one video must not end the check of the others
            logger.exception("%s: could not be checked", sample.id)
            return unreadable_video(sample, path, sha256, f"{path.name}: {as_reason(error)}")

    reports = unusable_files(submission)
    samples = [sample for sample in edition.samples if sample.id in submission.videos]
    # Each thread has one video in memory, whatever their number.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for report in pool.map(check, samples):
            reports[report.sample_id] = report
            progress()
    return assemble_check(submission, edition, reports.values())


def assemble_check(
    submission: Submission, edition: Edition, videos: Iterable[VideoReport]
) -> CheckReport:
    """The whole report: that of each video, and what only shows when they stand side by side."""
    reports = sorted(videos, key=lambda report: report.sample_id)
    findings = [
        *_folder_findings(submission),
        *(finding for report in reports for finding in report.findings),
        *_same_files(reports, edition),
        *_unlike_the_rest(reports),
    ]
    return CheckReport(
        submission=submission.info,
        edition=edition.name,
        edition_fingerprint=edition.fingerprint,
        samples=len(edition.samples),
        videos=tuple(reports),
        findings=tuple(sorted(findings, key=lambda finding: finding.level)),
    )


def _folder_findings(submission: Submission) -> Iterator[Finding]:
    if not submission.has_info:
        yield _finding(
            "warning",
            "no-submission-yaml",
            "submission.yaml",
            "not there; the board needs one with at least `name: ...`",
        )
    if submission.info_problem:
        yield _finding("error", "submission-yaml", "submission.yaml", submission.info_problem)
    for sample_id in submission.missing:
        yield _finding("error", "missing", sample_id, "has no video; it will count 0")
    for path in submission.extra:
        yield _finding(
            "warning", "extra", path.name, "belongs to no sample of the edition; ignored"
        )


def _same_files(reports: list[VideoReport], edition: Edition) -> Iterator[Finding]:
    """Samples whose files are the same to the byte."""
    first: dict[str, str] = {}
    for report in reports:
        if report.sha256 is None:
            continue
        earlier = first.setdefault(report.sha256, report.sample_id)
        if earlier == report.sample_id:
            continue
        # A still or blank submission rightly repeats itself where samples share their image.
        shared = edition.image_sha256[earlier] == edition.image_sha256[report.sample_id]
        yield _finding(
            "warning" if shared else "error",
            "same-file",
            report.file,
            f"is the same file as the video of {earlier}"
            + (", which has the same reference image" if shared else ""),
        )


def _unlike_the_rest(reports: list[VideoReport]) -> Iterator[Finding]:
    """Videos whose length or rate is not that of most; models give all their videos one."""
    readable = [report for report in reports if report.frames]
    for name, values in (
        ("frames", [report.frames for report in readable]),
        ("frames a second", [report.fps for report in readable]),
    ):
        if len(readable) < 3:
            return
        usual, count = Counter(values).most_common(1)[0]
        if count * 2 <= len(readable):
            continue
        for report, value in zip(readable, values, strict=True):
            if value != usual:
                yield _finding(
                    "warning",
                    "unlike-the-rest",
                    report.file,
                    f"has {value:g} {name}, most have {usual:g}",
                )


def _finding(level: Level, code: Code, subject: str, message: str) -> Finding:
    return Finding(level=level, code=code, subject=subject, message=message)
