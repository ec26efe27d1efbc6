"""The check of each video of a run: facts, findings, and the pictures for the report."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

from evaluators.cache import EvaluationCache, cache_key
from evaluators.engines.tasks import Checked, blocking_error
from evaluators.frames import FRAMES_VERSION
from evaluators.run_state.presence import Presence
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import write_bytes_atomically
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample
from omiti2v.takes import SampleVideo

_CHECK_VERSION = 3


class Checks:
    """Facts and findings of each video, and the pictures for the report.

    Args:
        edition: With its images.
        run: Where to log.
        cache: None for none.
        allowed_errors: Codes of error findings that do not keep a video from being judged.
    """

    def __init__(
        self,
        edition: Edition,
        run: RunWriter,
        cache: EvaluationCache | None,
        *,
        allowed_errors: tuple[str, ...] = (),
    ) -> None:
        self._edition = edition
        self._run = run
        self._cache = cache
        self.allowed_errors = allowed_errors
        self._reports: dict[str, VideoReport] = {}

    def forget_outdated(self, presence: Presence, *, retry_costly: bool = False) -> None:
        """Drop reports of other files, and of unreadable files, which are tried again.

        Args:
            presence: Which files are there.
            retry_costly: Try those too that used up their time or memory.
        """
        self._run.videos.keep(
            lambda row: (
                row.video_id in presence.kept
                or (
                    presence.is_there(row.video_id, row.sha256)
                    and (row.frames is not None or (is_costly(row) and not retry_costly))
                )
            )
        )
        self._reports = {row.video_id: row for row in self._run.videos.rows}

    def is_pending(self, video: SampleVideo, file: str, digest: str) -> bool:
        """Whether the video must be checked; what the cache knows is logged."""
        report = self._reports.get(video.id)
        if report and (report.frames is None or _has_content(self._run.paths.strip_path(video.id))):
            return False
        key = self._key(video.sample, digest)
        checked = self._cache.get([key], Checked).get(key) if self._cache else None
        if checked is None:
            return True
        report = checked.report.renamed(file, video.take)
        self._write(video, checked.model_copy(update={"report": report}))
        return False

    def record(self, video: SampleVideo, digest: str, checked: Checked) -> None:
        """Log and cache a check that was made just now."""
        self._write(video, checked)
        if self._cache:
            # Without the take: the same file may be another one tomorrow.
            report = checked.report.model_copy(update={"take": None})
            cached = checked.model_copy(update={"report": report})
            self._cache.put({self._key(video.sample, digest): cached})

    def blocking_error(self, video: SampleVideo) -> str | None:
        """Why a video that was checked can't be judged; None where it can."""
        return blocking_error(self._reports[video.id], self.allowed_errors)

    def fail(self, report: VideoReport) -> None:
        """Log the report of a file that can't be checked; what a check has found stays."""
        if report.video_id not in self._reports:
            self._run.videos.add([report])
            self._reports[report.video_id] = report
            self._run.paths.strip_path(report.video_id).unlink(missing_ok=True)

    def _write(self, video: SampleVideo, checked: Checked) -> None:
        paths = self._run.paths
        for path, picture in (
            (paths.reference_path(video.sample.id), checked.reference),
            (paths.strip_path(video.id), checked.strip),
        ):
            write_bytes_atomically(path, base64.b64decode(picture), sync=False)
        if video.id not in self._reports:
            self._run.videos.add([checked.report])
            self._reports[video.id] = checked.report

    def _key(self, sample: Sample, digest: str | None) -> str:
        # A first frame is compared with all the edition's images, so all of them count.
        return cache_key(
            kind="look",
            version=_CHECK_VERSION,
            frames_version=FRAMES_VERSION,
            video=digest,
            edition=self._edition.fingerprint,
            sample=sample.id,
        )


def is_costly(report: VideoReport) -> bool:
    """Whether a file used up its limits of time or memory, so that it is not opened again."""
    return any(finding.code == "costly" for finding in report.findings)


def _has_content(picture: Path) -> bool:
    """Whether a picture is there; a power cut may leave an empty file of its name."""
    try:
        status = picture.stat()
    except OSError:  # a link that leads nowhere is drawn over
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size > 0
