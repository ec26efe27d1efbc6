"""Judges: what answers yes/no questions about clips. Importing this package imports no torch."""

from __future__ import annotations

from typing import Any

from evaluators.judges.base import Answer, Judge, Judgement, fingerprint_of
from evaluators.judges.weights import require_extra, split_spec

__all__ = ["Answer", "Judge", "Judgement", "fingerprint_of", "load_judge"]


def load_judge(spec: str, **options: Any) -> Judge:
    """Load a judge that runs a video-language model on this machine.

    Args:
        spec: A model's folder, or `owner/name@revision` on the hub.
        options: As for `evaluators.judges.transformers_judge.TransformersJudge`.

    Raises:
        UserError: The `vlm` extra is not installed, or the model can't be found or loaded.
    """
    model, revision = split_spec(spec)
    require_extra(spec, "torch", "torchvision", "transformers")
    from evaluators.judges.transformers_judge import TransformersJudge

    return TransformersJudge(model, revision=revision, **options)
