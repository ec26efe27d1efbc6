"""Chunks of rendered clips with their questions, for the tiny judge's training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lab.chunks import Arrays, Chunks
from lab.tiny_judge.examples import QUESTIONS, Example, make_example
from lab.tiny_judge.tokens import build_tokenizer

LONGEST = 14
"""Tokens of the longest question."""


def arrays_of(examples: Sequence[Example]) -> Arrays:
    """Rendered clips and their questions.

    Returns:
        frames (clips, 8, 64, 64, 3) uint8; slots (clips, 4, 4, 3) uint8; tokens (clips, 24, 14)
        uint8, zero after the end; answers (clips, 24) bool.
    """
    tokenizer = build_tokenizer()
    tokens = np.zeros((len(examples), QUESTIONS, LONGEST), dtype=np.uint8)
    for position, example in enumerate(examples):
        for row, question in enumerate(example.questions):
            ids = tokenizer.encode(question, add_special_tokens=False)
            tokens[position, row, : len(ids)] = ids
    return {
        "frames": np.stack([example.frames for example in examples]),
        "slots": np.stack([example.slots for example in examples]).astype(np.uint8),
        "tokens": tokens,
        "answers": np.array([example.answers for example in examples]),
    }


class ClipChunks(Chunks):
    """Chunks of `arrays_of`."""

    def compute(self, number: int) -> Arrays:
        """Render a chunk."""
        numbers = range(number * self.clips, (number + 1) * self.clips)
        return arrays_of([make_example(index, seed=self.seed) for index in numbers])
