"""How well a learner answers on clips that it was not trained on, by family of question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch

from lab.chunks import Arrays
from lab.tiny_judge.batches import IGNORED, Packer
from lab.tiny_judge.examples import Example
from lab.tiny_judge.learner import Learner

Tally = dict[str, tuple[int, int]]
"""Right answers and questions by name."""


@torch.no_grad()
def count_right(
    learner: Learner, packer: Packer, examples: Sequence[Example], arrays: Arrays, *, size: int
) -> Tally:
    """Right answers by family, by behaviour, by expected answer and over all.

    Args:
        learner: The model.
        packer: Makes the batches.
        examples: The clips.
        arrays: The same, as `pool.arrays_of` gives them.
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
