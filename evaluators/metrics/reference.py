"""Agreement of a video's first frame with the reference image."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators.first_frame import first_frame_agreement
from evaluators.metrics.base import Metric, Observation, Quantity


def _measure(observation: Observation) -> Mapping[str, float]:
    frame = observation.video.frames[0]
    return {"first_frame_agreement": first_frame_agreement(frame, observation.reference)}


FIRST_FRAME = Metric(
    version="1",
    measure=_measure,
    quantities=(
        Quantity(
            name="first_frame_agreement",
            unit="correlation",
            higher_is_better=True,
            bounds=(-1.0, 1.0),
            description="How well the first frame agrees with the reference image, resizing, "
            "cropping and padding aside.",
            source="omiti2v",
        ),
    ),
)
