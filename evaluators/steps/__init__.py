"""The three things known about a video: a look at it, the judge's answers, the metrics' numbers.

Each step keeps the books of one of them: what the run folder's log holds, else what the cache
knows, else what is pending. The work itself is done by an engine (`evaluators.engines`).
"""

from evaluators.steps.ask import AskStep
from evaluators.steps.look import LookStep
from evaluators.steps.measure import MeasureStep, version_of

__all__ = ["AskStep", "LookStep", "MeasureStep", "version_of"]
