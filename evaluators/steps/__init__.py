"""The three things done with a video: look at it, ask the judge, measure.

Each step knows what is pending for a sample. Results come from the run folder's log, else from the
cache, else they are computed; a computed result is put into the cache and then into the log before
the step returns.
"""

from evaluators.steps.ask import AskStep
from evaluators.steps.look import LookStep
from evaluators.steps.measure import MeasureStep, version_of

__all__ = ["AskStep", "LookStep", "MeasureStep", "version_of"]
