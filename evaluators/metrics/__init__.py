"""Metrics: numbers about a video, no question asked."""

from evaluators.metrics.base import Metric, Observation, Quantity
from evaluators.metrics.motion import MOTION
from evaluators.metrics.reference import FIRST_FRAME
from evaluators.metrics.stillness import STILLNESS

MODEL_FREE_METRICS = (MOTION, FIRST_FRAME, STILLNESS)
"""The metrics that need no weights; every run computes them."""

__all__ = ["MODEL_FREE_METRICS", "Metric", "Observation", "Quantity"]
