"""The metrics' numbers of each video of a run: logged, cached or pending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.cache import EvaluationCache, cache_key
from evaluators.engines.tasks import Measured, metric_id
from evaluators.frames import FRAMES_VERSION
from evaluators.metrics import Metric
from evaluators.run_state.presence import Presence
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.responses import Measurement, as_reason
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample
from omiti2v.takes import SampleVideo


class Measurements:
    """The metrics' numbers.

    Args:
        metrics: What is measured.
        edition: With its images.
        run: Where to log.
        cache: None for none.
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        edition: Edition,
        run: RunWriter,
        cache: EvaluationCache | None,
    ) -> None:
        self._metrics = metrics
        self._edition = edition
        self._run = run
        self._cache = cache
        self._measured: set[tuple[str, str]] = set()

    def refuse_loss(self, presence: Presence) -> None:
        """Refuse to go on where numbers would be lost.

        Raises:
            UserError: Numbers of a file that is not there are of another version.
        """
        versions = self._versions()
        for row in self._run.measurements.rows:
            now = versions.get(row.metric, row.metric_version)
            if presence.is_kept(row.video_id) and row.metric_version != now:
                raise UserError(
                    f"{self._run.paths.measurements}: {row.video_id}: {row.metric} version "
                    f"{row.metric_version}, now it has version {now}, and the video is not there "
                    "to measure again; put it back, give another folder to -o, or "
                    "--forget-missing to drop what is known of it"
                )

    def forget_outdated(self, presence: Presence) -> None:
        """Drop numbers of other files or of other versions of a metric, and failures.

        Numbers of metrics that are not named this time stay.

        Raises:
            UserError: As `refuse_loss`.
        """
        self.refuse_loss(presence)
        versions = self._versions()
        log = self._run.measurements
        log.keep(
            lambda row: (
                presence.is_kept(row.video_id)
                or (
                    presence.is_there(row.video_id, row.video_sha256)
                    and row.value is not None
                    and versions.get(row.metric, row.metric_version) == row.metric_version
                )
            )
        )
        self._measured = {(r.video_id, r.metric) for r in log.rows}

    def cached(self, video: SampleVideo, digest: str) -> dict[str, Measured]:
        """What the cache knows of the metrics that are open, by `metric_id`."""
        keys = {self._key(metric, video.sample, digest): metric for metric in self._open(video)}
        found = self._cache.get(list(keys), Measured) if self._cache else {}
        return {
            metric_id(keys[key]): row
            for key, row in found.items()
            if row.values.keys() == {quantity.name for quantity in keys[key].quantities}
        }

    def pending(self, video: SampleVideo, cached: Mapping[str, Measured]) -> tuple[str, ...]:
        """What is left to measure, by `metric_id`."""
        return tuple(metric_id(m) for m in self._open(video) if metric_id(m) not in cached)

    def record(self, video: SampleVideo, digest: str, measured: Mapping[str, Measured]) -> None:
        """Log and cache numbers that were measured just now."""
        found = {
            self._key(metric, video.sample, digest): row
            for metric in self._open(video)
            if (row := measured.get(metric_id(metric))) and row.values
        }
        try:
            self.log(video, digest, measured)
        finally:  # the cache may have room where the log has none
            if self._cache and found:
                self._cache.put(found)

    def log(self, video: SampleVideo, digest: str | None, measured: Mapping[str, Measured]) -> None:
        """Log numbers, of open metrics alone."""
        rows = [
            Measurement(
                sample_id=video.sample.id,
                take=video.take,
                metric=quantity.name,
                metric_version=metric_version(metric),
                value=row.values.get(quantity.name),
                reason=row.reason,
                video_sha256=digest,
            )
            for metric in self._open(video)
            if (row := measured.get(metric_id(metric)))
            for quantity in metric.quantities
            if (video.id, quantity.name) not in self._measured
        ]
        self._run.measurements.add(rows)
        self._measured |= {(row.video_id, row.metric) for row in rows}

    def fail(self, video: SampleVideo, digest: str | None, reason: str) -> None:
        """Log that what is open of this video can't be measured."""
        nothing = Measured(values={}, reason=as_reason(reason))
        self.log(video, digest, {metric_id(metric): nothing for metric in self._open(video)})

    def _versions(self) -> dict[str, str]:
        return {q.name: metric_version(m) for m in self._metrics for q in m.quantities}

    def _open(self, video: SampleVideo) -> list[Metric]:
        return [
            metric
            for metric in self._metrics
            if any(
                (video.id, quantity.name) not in self._measured for quantity in metric.quantities
            )
        ]

    def _key(self, metric: Metric, sample: Sample, digest: str | None) -> str:
        return cache_key(
            kind="measurement",
            quantities=[quantity.name for quantity in metric.quantities],
            version=metric_version(metric),
            video=digest,
            reference=self._edition.image_sha256[sample.id],
            texts=[sample.prompt, sample.caption_before, sample.caption_after],
        )


def metric_version(metric: Metric) -> str:
    """The version that a metric's numbers are logged and cached under."""
    return f"{metric.version}, frames {FRAMES_VERSION}"
