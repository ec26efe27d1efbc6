"""Chunks of rendered clips with their questions, for the tiny judge's training."""

from __future__ import annotations

import numpy as np

from lab.chunks import Arrays, Chunks
from lab.tiny_judge.examples import QUESTIONS, make_example
from lab.tiny_judge.tokens import build_tokenizer

LONGEST = 14
"""Tokens of the longest question."""


class ClipChunks(Chunks):
    """Rendered clips: frames (clips, 8, 64, 64, 3) uint8; slots (clips, 4, 4, 3) uint8; tokens
    (clips, 24, 14) uint8, zero after the end; answers (clips, 24) bool.
    """

    def compute(self, number: int) -> Arrays:
        """Render a chunk."""
        tokenizer = build_tokenizer()
        start = number * self.clips
        examples = [make_example(start + i, seed=self.seed) for i in range(self.clips)]
        tokens = np.zeros((self.clips, QUESTIONS, LONGEST), dtype=np.uint8)
        for position, example in enumerate(examples):
            for row, question in enumerate(example.questions):
                ids = tokenizer.encode(question, add_special_tokens=False)
                tokens[position, row, : len(ids)] = ids
        return {
            "frames": np.stack([example.frames for example in examples]),
            "slots": np.stack([example.slots.astype(np.uint8) for example in examples]),
            "tokens": tokens,
            "answers": np.array([example.answers for example in examples]),
        }
