"""What a video costs in forwards of the transformer, which methods differ in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Passes:
    """Forwards of a pipeline's transformers.

    Attributes:
        count: So far. A forward of a batch, as of batched guidance, is one.
    """

    count: int = 0


@contextmanager
def count_passes(pipe: Any) -> Iterator[Passes]:
    """Count the forwards of a pipeline's transformers, for the length of a `with` block.

    Args:
        pipe: A diffusers pipeline; one without a transformer counts none.
    """
    passes = Passes()

    def count(*_: Any) -> None:
        passes.count += 1

    found = (getattr(pipe, name, None) for name in ("transformer", "transformer_2"))
    # Each once: one model may be both experts.
    parts = {id(part): part for part in found if part is not None}.values()
    hooks = [part.register_forward_pre_hook(count) for part in parts]
    try:
        yield passes
    finally:
        for hook in hooks:
            hook.remove()
