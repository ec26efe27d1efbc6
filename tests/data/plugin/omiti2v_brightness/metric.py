"""A metric that has nothing to load."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators.metrics import Metric, Observation, Quantity


def measure(observation: Observation) -> Mapping[str, float]:
    """How bright the frames are."""
    return {"brightness": float(observation.video.frames.mean()) / 255}


BRIGHTNESS = Metric(
    version="1",
    measure=measure,
    quantities=(
        Quantity(
            name="brightness",
            unit="share of full brightness",
            higher_is_better=None,
            bounds=(0.0, 1.0),
            description="Mean brightness of the frames.",
            source="omiti2v-brightness",
        ),
    ),
)
