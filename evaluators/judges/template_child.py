"""What a child process does for `chat_template`: it renders one template.

Of transformers it loads the templates' own module alone, which needs no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from transformers.utils.chat_template_utils import render_jinja_template

MAX_CHARACTERS = 1 << 20


def handle(request: Mapping[str, Any], descriptors: Sequence[int]) -> dict[str, Any]:
    """What transformers makes of these arguments of its own function.

    Raises:
        ValueError: More text than any chat has.
    """
    texts, places = render_jinja_template(**request)
    if sum(map(len, texts)) > MAX_CHARACTERS:
        raise ValueError(f"more than {MAX_CHARACTERS} characters")
    return {"texts": texts, "places": places}
