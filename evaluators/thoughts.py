"""The thoughts that some models write before they answer. Pure functions of the text."""

from __future__ import annotations

import re
from typing import Literal

# The spellings of Qwen and GLM, Seed and LongCat, Sky-T1 and LLaVA-o1, Magistral, Kimi, Cohere,
# Gemma and MedGemma, gpt-oss. Others are not known: what stands in them is read as an answer.
_WORD = r"(?:\w{1,16}[:_])?(?:think|thinking|thoughts?|reasoning|analysis)\s*"
_OPENING = (
    rf"<{_WORD}>|\[think\]|◁think▷|<\|(?:begin_of_thought|start_thinking|thinking)\|>"
    r"|<\|channel>thought|<unused94>thought|<\|channel\|>analysis"
)
_CLOSING = (
    rf"</{_WORD}>|\[/think\]|◁/think▷|<\|(?:end_of_thought|end_thinking|/thinking)\|>"
    r"|<channel\|>|<unused95>|<\|channel\|>final<\|message\|>"
)
_MARKS = re.compile(f"(?P<opening>{_OPENING})|(?:{_CLOSING})", re.IGNORECASE)

Thinking = Literal["open", "closed", "none"]


def without_thoughts(text: str, *, inside: bool = False) -> str | None:
    """What a model wrote outside its thoughts.

    A thought of which only the end is there began with the text, or before it in the prompt.

    Args:
        text: What the model wrote.
        inside: Whether the prompt had opened a thought already.

    Returns:
        None where the text ends within a thought.
    """
    kept: list[str] = []
    start = 0
    for mark in _MARKS.finditer(text):
        if mark["opening"] is None:
            if not inside:
                kept.clear()
            inside, start = False, mark.end()
        elif not inside:
            kept.append(text[start : mark.start()])
            inside = True
    return None if inside else "".join([*kept, text[start:]])


def thinking_in(text: str) -> Thinking:
    """Whether a thought is open at the end of `text`, or was closed in it, or neither."""
    marks = list(_MARKS.finditer(text))
    if not marks:
        return "none"
    return "open" if marks[-1]["opening"] is not None else "closed"
