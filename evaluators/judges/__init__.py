"""Judges: what answers yes/no questions about clips. Importing this package imports no torch."""

from evaluators.judges.base import (
    BatchJudge,
    Judge,
    JudgeLostError,
    Judgement,
    Prepared,
    fingerprint_of,
)
from evaluators.judges.frame_choice import frame_rule_for
from evaluators.judges.loading import load_judge
from evaluators.judges.usage import Metered, Usage
from omiti2v.judge_spec import JudgeSpec

__all__ = [
    "BatchJudge",
    "Judge",
    "JudgeLostError",
    "JudgeSpec",
    "Judgement",
    "Metered",
    "Prepared",
    "Usage",
    "fingerprint_of",
    "frame_rule_for",
    "load_judge",
]
