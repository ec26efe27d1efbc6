"""A judge on any server that speaks the OpenAI chat API. Importing it imports no HTTP client."""

from __future__ import annotations

import importlib
from typing import Any

from evaluators.judges.base import Judge
from omiti2v.errors import UserError

__all__ = ["load_openai_judge"]


def load_openai_judge(model: str, *, base_url: str, **options: Any) -> Judge:
    """Ask a model that a server offers: vLLM, SGLang, `transformers serve` or a hosted service.

    Args:
        model: The model's name on the server.
        base_url: Where the API is, as "http://localhost:8000/v1".
        options: As for `evaluators.judges.openai.judge.OpenAIJudge`.

    Raises:
        UserError: The `openai` extra is not installed, an option is not valid, or the server can't
            be reached or does not serve the model.
    """
    try:
        importlib.import_module("httpx2")
    except ImportError:
        raise UserError(
            f'{model} needs httpx2, which is not installed: pip install "omiti2v[openai]"'
        ) from None
    from evaluators.judges.openai.judge import OpenAIJudge

    return OpenAIJudge(model, base_url=base_url, **options)
