"""The look at a video: facts, findings, and the pictures for the report."""

from __future__ import annotations

import base64
from collections.abc import Collection
from functools import cached_property

from evaluators.cache import EvaluationCache, cache_key
from evaluators.check import VideoChecker
from evaluators.frames import Video
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
        self._looked: set[str] = set()

    @cached_property
    def _checker(self) -> VideoChecker:
        # Reads all the reference images: not worth it where nothing is pending.
        return VideoChecker(self._edition)

    def forget_outdated(self, digests: Digests) -> None:
        """Drop reports of other files and of files that could not be judged."""
        self._run.videos.keep(
            lambda row: is_current(row.sample_id, row.sha256, digests) and not self.obstacle(row)
        )
        self._looked = {row.sample_id for row in self._run.videos.rows}

    def obstacle(self, report: VideoReport) -> str | None:
        """Why a video can't be judged; None where it can."""
        for finding in report.findings:
            if finding.level == "error" and finding.code not in self._overruled:
                return finding.message
        return None

    def is_pending(self, sample: Sample, file: str, digest: str | None) -> bool:
        """Whether the video must be opened for this; what the cache knows is logged."""
        if sample.id in self._looked and self._run.paths.strip(sample.id).exists():
            return False
        key = self._key(sample, digest)
        known = self._cache.get([key], CachedLook) if self._cache else {}
        if key not in known or self.obstacle(known[key].report):
            return True
        report = known[key].report.model_copy(update={"sample_id": sample.id, "file": file})
        self._write(sample, known[key].model_copy(update={"report": report}))
        return False

    def run(self, sample: Sample, video: Video) -> str | None:
        """Look at a video; returns why it can't be judged, or None."""
        report = self._checker.look(sample, video)
        strip = base64.b64encode(frame_strip(video)).decode()
        look = CachedLook(report=report, strip=strip)
        if self._cache:
            self._cache.put({self._key(sample, video.sha256): look})
        self._write(sample, look)
        return self.obstacle(report)

    def fail(self, report: VideoReport) -> None:
        """Log the report of a file that can't be looked at."""
        self._run.videos.add([report])

    def _write(self, sample: Sample, look: CachedLook) -> None:
        paths = self._run.paths
        write_bytes_atomically(
            paths.reference(sample.id), thumbnail(load_image(self._edition.image_path(sample)))
        )
        write_bytes_atomically(paths.strip(sample.id), base64.b64decode(look.strip))
        if sample.id not in self._looked:
            self._run.videos.add([look.report])
            self._looked.add(sample.id)

    def _key(self, sample: Sample, digest: str | None) -> str:
        # A first frame is compared with all the edition's images, so all of them count.
        return cache_key(
            kind="look",
            version=_LOOK_VERSION,
            video=digest,
            edition=self._edition.fingerprint,
            sample=sample.id,
        )
