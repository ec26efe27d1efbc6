"""How well a learner answers on clips that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from lab.tiny_judge.batches import Packer
from lab.tiny_judge.examples import Example
from lab.tiny_judge.learner import Learner
from lab.tiny_judge.measure import Counts, tally
from lab.tiny_judge.pool import arrays_of


@torch.no_grad()
def count_right(
    learner: Learner, packer: Packer, examples: Sequence[Example], *, size: int
) -> Counts:
    """Right answers and questions by all that is told of a question or clip.

    Args:
        learner: The model.
        packer: Makes the batches.
        examples: The clips.
        size: Clips of a batch.
    """
    learner.eval()
    answers = []
    for start in range(0, len(examples), size):
        some = examples[start : start + size]
        batch = packer.pack_all(arrays_of(some), np.arange(len(some)))
        scores = learner.logits(batch, learner.see(batch))
        says_yes = (scores[:, packer.yes] > scores[:, packer.no]).view(len(some), -1)
        answers += [["yes" if yes else "no" for yes in row] for row in says_yes.tolist()]
    learner.train()
    return tally(examples, answers)
