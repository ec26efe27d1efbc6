"""Metrics: numbers about a video, no question asked. Importing this package imports no torch."""

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.catalogue import METRIC_NAMES, WEIGHTS, load_metrics, parse_weights
from evaluators.metrics.motion import MOTION
from evaluators.metrics.reference import FIRST_FRAME
from evaluators.metrics.stillness import STILLNESS

MODEL_FREE_METRICS = (MOTION, FIRST_FRAME, STILLNESS)
"""The metrics that every run computes: they need no weights and little time."""

__all__ = [
    "METRIC_NAMES",
    "MODEL_FREE_METRICS",
    "WEIGHTS",
    "Metric",
    "Observation",
    "Quantity",
    "load_metrics",
    "parse_weights",
]
