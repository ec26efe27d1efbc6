"""The look at a video: facts, findings, and the pictures for the report."""

from __future__ import annotations

import base64
from collections.abc import Collection
from functools import cached_property

from evaluators.cache import EvaluationCache, cache_key
from evaluators.check import VideoChecker
from evaluators.frames import FRAMES_VERSION, Video
from evaluators.reference_images import load_image
from evaluators.steps.current import Digests, is_current
from evaluators.strips import frame_strip, thumbnail
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import Record, write_bytes_atomically
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample

_LOOK_VERSION = 1


class CachedLook(Record):
    """A look at a video as the cache keeps it; `strip` is a JPEG file in base64."""

    report: VideoReport
    strip: str


class LookStep:
    """Facts and findings of each video, and the pictures for the report.

    Args:
        edition: With its images.
        run: Where to log.
        cache: None for none.
        overruled: Codes of error findings that do not keep a video from being judged.
    """

    def __init__(
        self,
        edition: Edition,
        run: RunWriter,
        cache: EvaluationCache | None,
        *,
        overruled: Collection[str] = (),
    ) -> None:
        self._edition = edition
        self._run = run
        self._cache = cache
        self._overruled = overruled
        self._reports: dict[str, VideoReport] = {}

    @cached_property
    def _checker(self) -> VideoChecker:
        # Reads all the reference images: not worth it where nothing is pending.
        return VideoChecker(self._edition)

    def forget_outdated(self, digests: Digests) -> None:
        """Drop reports of other files, and of unreadable files, which are tried again."""
        self._run.videos.keep(
            lambda row: is_current(row.sample_id, row.sha256, digests) and row.frames is not None
        )
        self._reports = {row.sample_id: row for row in self._run.videos.rows}

    def is_pending(self, sample: Sample, file: str, digest: str | None) -> bool:
        """Whether the video must be opened for this; what the cache knows is logged."""
        if sample.id in self._reports and self._run.paths.strip_path(sample.id).exists():
            return False
        key = self._key(sample, digest)
        known = self._cache.get([key], CachedLook) if self._cache else {}
        if key not in known:
            return True
        self._write(sample, known[key].report.renamed(file), known[key].strip)
        return False

    def run(self, sample: Sample, video: Video) -> None:
        """Look at a video."""
        report = self._checker.look(sample, video)
        strip = base64.b64encode(frame_strip(video)).decode()
        if self._cache:
            look = CachedLook(report=report, strip=strip)
            self._cache.put({self._key(sample, video.sha256): look})
        self._write(sample, report, strip)

    def obstacle(self, sample: Sample) -> str | None:
        """Why a video that was looked at can't be judged; None where it can."""
        for finding in self._reports[sample.id].findings:
            if finding.level == "error" and finding.code not in self._overruled:
                return finding.message
        return None

    def fail(self, report: VideoReport) -> None:
        """Log the report of a file that can't be looked at."""
        self._run.videos.keep(lambda row: row.sample_id != report.sample_id)
        self._run.videos.add([report])
        self._reports[report.sample_id] = report
        self._run.paths.strip_path(report.sample_id).unlink(missing_ok=True)

    def _write(self, sample: Sample, report: VideoReport, strip: str) -> None:
        paths = self._run.paths
        reference = load_image(self._edition.image_path(sample))
        write_bytes_atomically(paths.reference_path(sample.id), thumbnail(reference))
        write_bytes_atomically(paths.strip_path(sample.id), base64.b64decode(strip))
        if sample.id not in self._reports:
            self._run.videos.add([report])
            self._reports[sample.id] = report

    def _key(self, sample: Sample, digest: str | None) -> str:
        # A first frame is compared with all the edition's images, so all of them count.
        return cache_key(
            kind="look",
            version=_LOOK_VERSION,
            frames_version=FRAMES_VERSION,
            video=digest,
            edition=self._edition.fingerprint,
            sample=sample.id,
        )
