"""Two runs on the same samples: how much better, how surely, and where.

Every comparison is paired: a sample is compared with itself, so that what makes it easy or hard
for both runs cancels out.
"""

from omiti2v.comparison.compare import compare_runs
from omiti2v.comparison.result import Comparison, Difference, Flip, RunSummary, SuccessTable
from omiti2v.comparison.verdict import HEADLINE

__all__ = [
    "HEADLINE",
    "Comparison",
    "Difference",
    "Flip",
    "RunSummary",
    "SuccessTable",
    "compare_runs",
]
