"""A judge on any server that speaks the OpenAI chat API. Importing it imports no HTTP client."""

from __future__ import annotations

from typing import Any

from evaluators.judges.base import Judge
from omiti2v.extras import require_extra

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
    require_extra(model, "openai", "httpx2")
    from evaluators.judges.openai.judge import OpenAIJudge

    return OpenAIJudge(model, base_url=base_url, **options)
