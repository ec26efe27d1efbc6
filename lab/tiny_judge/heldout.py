"""How well a learner answers on clips that it was not trained on, by family of question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch

from lab.chunks import Arrays
from lab.tiny_judge.batches import IGNORED, Packer
from lab.tiny_judge.examples import QUESTIONS, Example
from lab.tiny_judge.learner import Learner
from lab.tiny_judge.pool import LONGEST
from lab.tiny_judge.tokens import build_tokenizer

Tally = dict[str, tuple[int, int]]
"""Right answers and questions by name."""


def arrays_of(examples: Sequence[Example]) -> Arrays:
    """Examples as a chunk of the pool; see `load_chunk`."""
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


@torch.no_grad()
def count_right(
    learner: Learner, packer: Packer, examples: Sequence[Example], arrays: Arrays, *, size: int
) -> Tally:
    """Right answers by family, by behaviour, by expected answer and over all.

    Args:
        learner: The model.
        packer: Makes the batches.
        examples: The clips.
        arrays: The same, as `arrays_of` gives them.
        size: Clips of a batch.
    """
    tally: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    learner.eval()
    for start in range(0, len(examples), size):
        rows = np.arange(start, min(start + size, len(examples)))
        batch = packer.pack_all(arrays, rows)
        scores = learner.logits(batch, learner.see(batch))
        guesses = (scores[:, packer.yes] > scores[:, packer.no]).tolist()
        position = 0
        for row in rows:
            example = examples[int(row)]
            pairs = zip(example.families, example.answers, strict=True)
            for family, answer in pairs:
                right = guesses[position] == answer
                position += 1
                truth = "yes" if answer else "no"
                for name in ("all", family, f"behaviour {example.behaviour}", f"answer {truth}"):
                    tally[name][0] += right
                    tally[name][1] += 1
        assert position == int((batch.labels != IGNORED).sum())
    learner.train()
    return {name: (right, count) for name, (right, count) in tally.items()}
