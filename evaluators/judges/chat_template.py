"""Chat templates: programs that come with a model, rendered where they can be stopped.

A template can loop for ever or ask for all memory, already while it is compiled. Each processor of
transformers puts the arguments together in its own way, here; a child process compiles and renders.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from evaluators.child_process import CostlyRequestError, child_pool

CPU_SECONDS = 5.0
MEMORY_BYTES = 1 << 30

_LOCK = threading.Lock()


class CostlyTemplateError(Exception):
    """A template that was given up; the message says what it took."""


def apply_chat_template(
    processor: Any, conversation: Sequence[Mapping[str, Any]], **options: Any
) -> str:
    """The text that a processor's own method gives, to the character.

    Raises:
        CostlyTemplateError: It takes more than `CPU_SECONDS` or `MEMORY_BYTES`.
        Exception: Whatever else is wrong with the template.
    """
    with _rendering_elsewhere(frozenset(options)):
        text: str = processor.apply_chat_template(conversation, tokenize=False, **options)
    return text


@contextmanager
def _rendering_elsewhere(variables: frozenset[str]) -> Iterator[None]:
    from transformers import processing_utils

    ours = {
        "render_jinja_template": _render,
        # It compiles too, and is only asked so as to warn of options that are not in a template.
        "_get_template_variables": lambda template: variables,
    }
    with _LOCK:
        theirs = {name: getattr(processing_utils, name) for name in ours}
        vars(processing_utils).update(ours)
        try:
            yield
        finally:
            vars(processing_utils).update(theirs)


def _render(**arguments: Any) -> tuple[list[str], list[Any]]:
    pool = child_pool("evaluators.judges.template_child")
    try:
        reply = pool.call(arguments, cpu_seconds=CPU_SECONDS, memory_bytes=MEMORY_BYTES)
    except CostlyRequestError as error:
        raise CostlyTemplateError(f"it takes {error}") from None
    return reply["texts"], reply["places"]
