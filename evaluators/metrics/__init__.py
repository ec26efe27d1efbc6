"""Metrics: numbers about a video, no question asked. Importing this package imports no torch."""

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.catalog import EVERY_RUN, load_metrics, parse_weights
from evaluators.metrics.definition import MetricContext, MetricDefinition
from evaluators.metrics.motion import MOTION
from evaluators.metrics.reference import FIRST_FRAME
from evaluators.metrics.stillness import STILLNESS

MODEL_FREE_METRICS = (MOTION, FIRST_FRAME, STILLNESS)
"""The metrics that every run computes, those named in `EVERY_RUN`."""

__all__ = [
    "EVERY_RUN",
    "MODEL_FREE_METRICS",
    "Metric",
    "MetricContext",
    "MetricDefinition",
    "Observation",
    "Quantity",
    "load_metrics",
    "parse_weights",
]
