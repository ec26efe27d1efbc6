"""The tiny judge: the ordinary judge of transformers models on the weights in this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluators.frames import FrameRule
from evaluators.judges.transformers_judge import TransformersJudge
from evaluators.tiny import FRAMES, SIDE, WEIGHTS

FRAME_RULE = FrameRule(count=FRAMES)


def tiny_judge(folder: Path = WEIGHTS, **options: Any) -> TransformersJudge:
    """Load the tiny judge: eight frames of about 64x64 pixels, on the CPU, in float32.

    Args:
        folder: A model that `python -m lab.tiny_judge.train` wrote.
        options: As for `TransformersJudge`, in place of these.

    Raises:
        UserError: The model can't be found or loaded.
    """
    usual: dict[str, Any] = {
        "dtype": "float32",
        "device": "cpu",
        "max_pixels": SIDE * SIDE,
        "frame_rule": FRAME_RULE,
    }
    return TransformersJudge(folder, **usual | options)
