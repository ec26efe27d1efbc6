"""Judges: what answers yes/no questions about clips. Importing this package imports no torch."""

from __future__ import annotations

from typing import Any

from evaluators.judges.base import Answer, BatchJudge, Judge, Judgement, Prepared, fingerprint_of
from evaluators.judges.usage import Metered, Usage
from omiti2v.extras import require_extra
from omiti2v.hub import split_spec

__all__ = [
    "Answer",
    "BatchJudge",
    "Judge",
    "Judgement",
    "Metered",
    "Prepared",
    "Usage",
    "fingerprint_of",
    "load_judge",
]

TINY = "tiny"


def load_judge(spec: str, **options: Any) -> Judge:
    """Load a judge that runs a video-language model on this machine.

    Args:
        spec: A model's folder, `owner/name@revision` on the hub, or "tiny" for the judge that comes
            with this package (a folder of that name is "./tiny").
        options: As for `evaluators.judges.transformers_judge.TransformersJudge`.

    Raises:
        UserError: The `vlm` extra is not installed, or the model can't be found or loaded.
    """
    require_extra(spec, "vlm", "torch", "torchvision", "transformers")
    if spec == TINY:
        from evaluators.tiny.judge import tiny_judge

        return tiny_judge(name=TINY, **options)
    from evaluators.judges.transformers_judge import TransformersJudge

    model, revision = split_spec(spec)
    return TransformersJudge(model, revision=revision, **options)
