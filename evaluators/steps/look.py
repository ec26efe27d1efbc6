"""The look at a video: facts, findings, and the pictures for the report."""

from __future__ import annotations

import base64
from pathlib import Path

from evaluators.cache import EvaluationCache, cache_key
from evaluators.engines.tasks import Looked, obstacle_of
from evaluators.frames import FRAMES_VERSION
from evaluators.steps.current import Digests, is_current
from omiti2v.editions import Edition
from omiti2v.findings import VideoReport
from omiti2v.records import write_bytes_atomically
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample

_LOOK_VERSION = 2


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
        overruled: tuple[str, ...] = (),
    ) -> None:
        self._edition = edition
        self._run = run
        self._cache = cache
        self.overruled = overruled
        self._reports: dict[str, VideoReport] = {}

    def forget_outdated(self, digests: Digests) -> None:
        """Drop reports of other files, and of unreadable files, which are tried again."""
        self._run.videos.keep(
            lambda row: is_current(row.sample_id, row.sha256, digests) and row.frames is not None
        )
        self._reports = {row.sample_id: row for row in self._run.videos.rows}

    def is_pending(self, sample: Sample, file: str, digest: str) -> bool:
        """Whether the video must be looked at; what the cache knows is logged."""
        if sample.id in self._reports and _has_content(self._run.paths.strip_path(sample.id)):
            return False
        key = self._key(sample, digest)
        known = self._cache.get([key], Looked) if self._cache else {}
        if key not in known:
            return True
        looked = known[key]
        self._write(sample, looked.model_copy(update={"report": looked.report.renamed(file)}))
        return False

    def record(self, sample: Sample, digest: str, looked: Looked) -> None:
        """Keep and log a look that was taken just now."""
        if self._cache:
            self._cache.put({self._key(sample, digest): looked})
        self._write(sample, looked)

    def obstacle(self, sample: Sample) -> str | None:
        """Why a video that was looked at can't be judged; None where it can."""
        return obstacle_of(self._reports[sample.id], self.overruled)

    def fail(self, report: VideoReport) -> None:
        """Log the report of a file that can't be looked at."""
        self._run.videos.keep(lambda row: row.sample_id != report.sample_id)
        self._run.videos.add([report])
        self._reports[report.sample_id] = report
        self._run.paths.strip_path(report.sample_id).unlink(missing_ok=True)

    def _write(self, sample: Sample, looked: Looked) -> None:
        paths = self._run.paths
        for path, picture in (
            (paths.reference_path(sample.id), looked.reference),
            (paths.strip_path(sample.id), looked.strip),
        ):
            write_bytes_atomically(path, base64.b64decode(picture), sync=False)
        if sample.id not in self._reports:
            self._run.videos.add([looked.report])
            self._reports[sample.id] = looked.report

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


def _has_content(picture: Path) -> bool:
    """Whether a picture is there; a power cut may leave an empty file of its name."""
    try:
        return picture.stat().st_size > 0
    except FileNotFoundError:
        return False
