"""The check of a submission's files before any judge is asked: `omiti2v check`."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evaluators.child_process import interrupt_calls
from evaluators.continuity import MOSTLY_STILL, Continuity, continuity
from evaluators.first_frame import FirstFrameMatch, FirstFrameMatcher
from evaluators.frames import CostlyFileError, DecodeError, Limits, Video, decode_video, hash_file
from evaluators.frames.limits import DEFAULT_LIMITS
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.facet_checks import facet_findings
from omiti2v.findings import CheckReport, Code, Finding, Level, TakesSeen, VideoReport
from omiti2v.plurals import counted
from omiti2v.responses import as_reason
from omiti2v.submissions import Submission
from omiti2v.takes import SampleVideo, has_takes, sample_of, take_of, video_order

logger = logging.getLogger(__name__)

_NAMED = 8
"""Samples that a finding names."""


class VideoChecker:
    """Checks single videos of an edition's samples.

    Args:
        edition: With its images.
    """

    def __init__(self, edition: Edition) -> None:
        self._samples = edition.samples
        self._position = {sample.id: i for i, sample in enumerate(edition.samples)}
        self._matcher = FirstFrameMatcher([edition.image_path(s) for s in edition.samples])

    def check(self, of: SampleVideo, video: Video, *, file: str) -> VideoReport:
        """What is worth saying of a decoded video.

        Args:
            of: Which it is.
            video: Its frames.
            file: What its file is called.

        Raises:
            UserError: A reference image can't be read.
        """
        match = self._matcher.match(video.frames[0], self._position[of.sample.id])
        return VideoReport(
            sample_id=of.sample.id,
            take=of.take,
            file=file,
            sha256=video.sha256,
            frames=len(video.frames),
            fps=round(video.fps, 3),
            width=video.width,
            height=video.height,
            codec=video.codec,
            findings=tuple(self._findings(video, match, file)),
        )

    def _findings(self, video: Video, match: FirstFrameMatch, name: str) -> Iterator[Finding]:
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
        for code, message in _breaks(continuity(video), len(video.frames)):
            yield _finding("warning", code, name, message)


def _breaks(found: Continuity, frames: int) -> Iterator[tuple[Code, str]]:
    if found.cuts:
        yield (
            "cut",
            f"{_frames(found.cuts)} {'begins' if len(found.cuts) == 1 else 'begin'} another shot; "
            f"{100 * found.cut_share:.0f} % of the picture is replaced at once",
        )
    if found.flickers:
        yield (
            "flicker",
            f"{len(found.flickers)} frames show what is there neither before nor after: "
            f"{_frames(found.flickers)}",
        )
    if found.still_share == 1 and found.stills == 1:
        yield "frozen", "every frame shows the same picture"
    elif found.still_share >= MOSTLY_STILL:
        yield (
            "frozen",
            f"{100 * found.still_share:.0f} % of {frames} frames show "
            f"{counted(found.stills, 'still picture')}",
        )


def _frames(numbers: Sequence[int]) -> str:
    """Frames by their numbers from 1."""
    named = ", ".join(str(number + 1) for number in numbers[:_NAMED])
    more = f" and {len(numbers) - _NAMED} more" * (len(numbers) > _NAMED)
    return f"frame{'s' * (len(numbers) > 1)} {named}{more}"


def code_of(error: DecodeError) -> Code:
    """What kind of finding it is that a video can't be decoded."""
    return "costly" if isinstance(error, CostlyFileError) else "undecodable"


def unreadable_video(
    of: SampleVideo, file: str, sha256: str | None, reason: str, code: Code = "undecodable"
) -> VideoReport:
    """The report of a video that can't be decoded."""
    finding = _finding("error", code, file, reason)
    return VideoReport(
        sample_id=of.sample.id, take=of.take, file=file, sha256=sha256, findings=(finding,)
    )


def unusable_files(submission: Submission) -> dict[str, VideoReport]:
    """Reports of the videos whose file can't even be chosen, by the video's id."""
    reports = {}
    for video, paths in submission.ambiguous.items():
        names = [submission.name_of(path) for path in paths]
        what = "sample" if take_of(video) is None else "take"
        message = f"{len(paths)} files for one {what}: {', '.join(names)}; keep one"
        reports[video] = VideoReport(
            sample_id=sample_of(video),
            take=take_of(video),
            file=names[0],
            findings=(_finding("error", "two-files", video, message),),
        )
    for video, (path, reason) in submission.refused.items():
        name = submission.name_of(path)
        finding = _finding("error", "refused", name, reason)
        reports[video] = VideoReport(
            sample_id=sample_of(video), take=take_of(video), file=name, findings=(finding,)
        )
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

    def check(video: str) -> VideoReport:
        of = SampleVideo(edition.by_id[sample_of(video)], take_of(video))
        path = submission.videos[video]
        name = submission.name_of(path)
        try:
            return checker.check(of, decode_video(path, limits=limits), file=name)
        except DecodeError as error:
            return unreadable_video(of, name, digest(path), str(error), code_of(error))
        except UserError:
            raise
        except Exception as error:  # one video must not end the check of the others
            logger.exception("%s: could not be checked", video)
            return unreadable_video(of, name, digest(path), f"{name}: {as_reason(error)}")

    def digest(path: Path) -> str | None:
        try:
            return hash_file(path, limits=limits)
        except DecodeError:
            return None

    reports = unusable_files(submission)
    # Each thread has one video in memory, whatever their number.
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        try:
            for report in pool.map(check, sorted(submission.videos, key=video_order)):
                reports[report.video_id] = report
                progress()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            interrupt_calls()
            raise
    return assemble_check(submission, edition, reports.values())


def assemble_check(
    submission: Submission, edition: Edition, videos: Iterable[VideoReport]
) -> CheckReport:
    """The whole report: that of each video, and what only shows when they stand side by side."""
    reports = sorted(videos, key=lambda report: video_order(report.video_id))
    findings = [
        *_folder_findings(submission),
        *(finding for report in reports for finding in report.findings),
        *_same_files(reports, edition),
        *_unlike_the_rest(reports),
        *facet_findings(edition),
    ]
    return CheckReport(
        submission=submission.info,
        edition=edition.name,
        edition_fingerprint=edition.fingerprint,
        samples=len(edition.samples),
        videos=tuple(reports),
        findings=tuple(sorted(findings, key=lambda finding: finding.level)),
        takes=takes_seen(submission) if has_takes(report.video_id for report in reports) else None,
    )


def takes_seen(submission: Submission) -> TakesSeen:
    """How many videos the samples of a submission have."""
    rows = submission.by_sample.values()
    seeds = [{take for video in row if (take := take_of(video)) is not None} for row in rows]
    return TakesSeen(
        forms=submission.forms,
        takes=dict(sorted(Counter(len(row) for row in rows).items())),
        seeds=tuple(sorted(set.intersection(*seeds))) if seeds else (),
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
    for one in submission.unread:
        name = submission.name_of(one.path)
        if one.of_sample:
            yield _finding("error", "unread", name, one.reason)
        else:
            yield _finding("warning", "extra", name, one.reason)
    if len(submission.forms) > 1:
        counts = ", ".join(f"{count} {form}" for form, count in submission.forms.items())
        yield _finding("warning", "mixed-forms", "file names", f"of several forms: {counts}")
    yield from _uneven_takes(submission)


def _uneven_takes(submission: Submission) -> Iterator[Finding]:
    """Samples that have more or fewer videos than most."""
    takes = {sample_id: len(videos) for sample_id, videos in submission.by_sample.items()}
    counts = Counter(takes.values())
    if len(counts) < 2:
        return
    # Of two numbers that are as frequent, the larger: what is missing is missing.
    usual = max(counts, key=lambda number: (counts[number], number))
    odd = [f"{name} {number}" for name, number in takes.items() if number != usual]
    named = ", ".join(odd[:_NAMED]) + (f" and {len(odd) - _NAMED} more" * (len(odd) > _NAMED))
    yield _finding(
        "warning",
        "uneven",
        counted(len(odd), "sample"),
        f"most have {counted(usual, 'take')}, these have others: {named}; each sample weighs alike",
    )


def _same_files(reports: list[VideoReport], edition: Edition) -> Iterator[Finding]:
    """Samples whose files are the same to the byte."""
    first: dict[str, VideoReport] = {}
    for report in reports:
        if report.sha256 is None:
            continue
        earlier = first.setdefault(report.sha256, report)
        if earlier is report:
            continue
        # A still or blank submission rightly repeats itself where samples share their image.
        one, other = earlier.sample_id, report.sample_id
        shared = edition.image_sha256[one] == edition.image_sha256[other]
        why = ", which has the same reference image" if shared and one != other else ""
        yield _finding(
            "warning" if shared else "error",
            "same-file",
            report.file,
            f"is the same file as the video of {earlier.video_id}{why}",
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
