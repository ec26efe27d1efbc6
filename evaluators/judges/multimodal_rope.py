"""Positions in three parts (time, row, column), as the Qwen-VL families have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from evaluators.judges.family import POSITIONS, Prefix


def prefix_with_positions(model: Any, inputs: dict[str, Tensor]) -> Prefix:
    """The prefix for a processor's inputs, which end in text."""
    positions = model.model.get_rope_index(**inputs)[0]
    # After a video, text goes on from the video's largest side, not from the number of tokens; the
    # last token before the question is text, with the same position in all three parts.
    return Prefix(
        inputs=inputs | {POSITIONS: positions},
        length=inputs["input_ids"].shape[1],
        next_positions=(int(positions[:, 0, -1].max()) + 1,),
    )


def text_positions(starts: Sequence[int], *, length: int) -> Tensor:
    """Positions of text tokens, shape (3, rows, length); the three parts are the same."""
    rows = torch.tensor(starts)[:, None] + torch.arange(length)
    return rows.expand(3, -1, -1)
