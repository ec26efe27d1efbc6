"""Metrics: numbers about a video, no question asked. Importing this package imports no torch."""

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.catalogue import (
    EVERY_RUN,
    METRIC_NAMES,
    MODEL_FREE,
    WEIGHTS,
    load_metrics,
    parse_weights,
)

MODEL_FREE_METRICS = tuple(MODEL_FREE[name] for name in EVERY_RUN)
"""The metrics that every run computes."""

__all__ = [
    "EVERY_RUN",
    "METRIC_NAMES",
    "MODEL_FREE_METRICS",
    "WEIGHTS",
    "Metric",
    "Observation",
    "Quantity",
    "load_metrics",
    "parse_weights",
]
