"""The metrics' numbers of a video."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence

from evaluators.cache import EvaluationCache, cache_key
from evaluators.frames import FRAMES_VERSION, Video
from evaluators.metrics import Metric, Observation, Quantity
from evaluators.reference_images import load_image
from evaluators.steps.current import Digests, as_reason, is_current
from omiti2v.editions import Edition
from omiti2v.records import Record
from omiti2v.responses import Measurement
from omiti2v.runs import RunWriter
from omiti2v.samples import Sample

logger = logging.getLogger(__name__)


class CachedValues(Record):
    """A metric's numbers as the cache keeps them."""

    values: dict[str, float]


class MeasureStep:
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

    def forget_outdated(self, digests: Digests) -> None:
        """Drop numbers of other files or of older versions of a metric, and failures."""
        versions = {q.name: version_of(m) for m in self._metrics for q in m.quantities}
        self._run.measurements.keep(
            lambda row: (
                is_current(row.sample_id, row.video_sha256, digests)
                and row.value is not None
                and versions.get(row.metric) == row.metric_version
            )
        )
        self._measured = {(r.sample_id, r.metric) for r in self._run.measurements.rows}

    def is_pending(self, sample: Sample, digest: str | None) -> bool:
        """Whether the video must be opened for this; what the cache knows is logged."""
        keys = {self._key(metric, sample, digest): metric for metric in self._open(sample)}
        known = self._cache.get(list(keys), CachedValues) if self._cache else {}
        for key, row in known.items():
            if row.values.keys() == {q.name for q in keys[key].quantities}:
                self._log(keys[key], sample, digest, row.values)
        return bool(self._open(sample))

    def run(self, sample: Sample, video: Video) -> None:
        """Measure what is open on one video."""
        reference = load_image(self._edition.image_path(sample))
        observation = Observation(video, reference, sample)
        for metric in self._open(sample):
            try:
                values = {name: float(v) for name, v in metric.measure(observation).items()}
                for quantity in metric.quantities:
                    _refuse_impossible(quantity, values[quantity.name])
            except Exception as error:  # one metric must not end the run
                logger.exception("%s: a metric failed", sample.id)
                self._log(metric, sample, video.sha256, {}, reason=as_reason(error))
                continue
            if self._cache:
                key = self._key(metric, sample, video.sha256)
                self._cache.put({key: CachedValues(values=values)})
            self._log(metric, sample, video.sha256, values)

    def fail(self, sample: Sample, digest: str | None, reason: str) -> None:
        """Log that nothing of this video can be measured, whatever was measured before."""
        self._run.measurements.keep(lambda row: row.sample_id != sample.id)
        self._measured = {key for key in self._measured if key[0] != sample.id}
        for metric in self._open(sample):
            self._log(metric, sample, digest, {}, reason=reason)

    def _open(self, sample: Sample) -> list[Metric]:
        return [
            metric
            for metric in self._metrics
            if any(
                (sample.id, quantity.name) not in self._measured for quantity in metric.quantities
            )
        ]

    def _log(
        self,
        metric: Metric,
        sample: Sample,
        digest: str | None,
        values: Mapping[str, float],
        *,
        reason: str | None = None,
    ) -> None:
        rows = [
            Measurement(
                sample_id=sample.id,
                metric=quantity.name,
                metric_version=version_of(metric),
                value=values.get(quantity.name),
                reason=as_reason(reason) if reason else None,
                video_sha256=digest,
            )
            for quantity in metric.quantities
            if (sample.id, quantity.name) not in self._measured
        ]
        self._run.measurements.add(rows)
        self._measured |= {(row.sample_id, row.metric) for row in rows}

    def _key(self, metric: Metric, sample: Sample, digest: str | None) -> str:
        return cache_key(
            kind="measurement",
            quantities=[quantity.name for quantity in metric.quantities],
            version=version_of(metric),
            video=digest,
            reference=self._edition.image_sha256[sample.id],
            texts=[sample.prompt, sample.caption_before, sample.caption_after],
        )


def version_of(metric: Metric) -> str:
    """The version that a metric's numbers are logged and cached under."""
    return f"{metric.version}, frames {FRAMES_VERSION}"


def _refuse_impossible(quantity: Quantity, value: float) -> None:
    low, high = quantity.bounds
    below, above = low is not None and value < low, high is not None and value > high
    if not math.isfinite(value) or below or above:
        raise ValueError(f"{quantity.name}: expected a number in {quantity.bounds}, got {value}")
