"""Judges: what answers yes/no questions about clips. Importing this package imports no torch."""

from evaluators.judges.base import BatchJudge, Judge, Judgement, Prepared, fingerprint_of
from evaluators.judges.loading import load_judge
from evaluators.judges.spec import JudgeSpec
from evaluators.judges.usage import Metered, Usage

__all__ = [
    "BatchJudge",
    "Judge",
    "JudgeSpec",
    "Judgement",
    "Metered",
    "Prepared",
    "Usage",
    "fingerprint_of",
    "load_judge",
]
