"""Trains the tiny judge from scratch: `python -m lab.tiny_judge.train --out FOLDER`.

First the vision tower learns to tell what is at each place, then the text model to name it and to
check it in the simplest questions, then come the world's own questions. Those alone give so little
to learn from that the model would stay at guessing the likelier answer for thousands of steps.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from lab import training
from lab.tiny_judge.batches import Packer
from lab.tiny_judge.examples import ClipChunks, Example, arrays_of, make_example
from lab.tiny_judge.learner import JudgeLearner, Losses
from lab.tiny_judge.measure import Counts, tally
from lab.tiny_judge.model import save, use_fast_attention
from lab.tiny_judge.tokens import build_tokenizer

logger = logging.getLogger(__name__)

LEARNING_RATE, LAST_RATE, WARMUP = 1.5e-3, 2e-5, 100
HELD_OUT_SEED_SHIFT = 1_000_003
LOG_EVERY, SAVE_EVERY = 25, 200


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(training.ClipTrainingConfig):
    """The tiny judge's usual training."""

    steps: int = 8000
    clips: int = 1536
    batch: int = 24
    held_out: int = 240
    seed: int = 11


def main() -> None:
    """Parse the command line and train."""
    usual = TrainingConfig()
    parser = training.training_parser(__doc__, steps=usual.steps, seed=usual.seed)
    parser.add_argument("--chunks", type=int, default=usual.chunks, help="chunks of clips")
    options = training.start(parser)
    config = TrainingConfig(steps=options.steps, chunks=options.chunks, seed=options.seed)
    train(options.out, work=options.work, config=config)


def train(out: Path, *, work: Path, config: TrainingConfig) -> None:
    """Train, or resume from the last checkpoint in `work`, and write the model to `out`.

    Args:
        out: Folder of the trained model.
        work: Folder of rendered clips and of the checkpoint.
        config: What decides the training.
    """
    torch.manual_seed(config.seed)
    use_fast_attention()
    tokenizer = build_tokenizer()
    packer = Packer(tokenizer)
    learner = JudgeLearner(tokenizer).train()
    optimizer = torch.optim.AdamW(learner.parameters(), betas=(0.9, 0.98), weight_decay=0.02)
    pool = ClipChunks(work / "pool", config.chunks, config.clips, config.seed)
    ahead = pool.make_ahead()
    load = lru_cache(maxsize=1)(lambda number: pool.load(number, ahead))
    # Neither these scenes nor those of the final measurement are ever trained on.
    seed = config.seed + HELD_OUT_SEED_SHIFT
    held_out = [make_example(i, seed=seed, held_out=True) for i in range(config.held_out)]

    def take(step: int) -> training.Step:
        chunk = load(step // (config.clips // config.batch) % config.chunks)
        questions, drills = _lesson(step / config.steps)
        batch = packer.draw(
            chunk, config.batch, questions=questions, drills=drills, seed=[config.seed, step]
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.losses(batch)
        return training.Step(_weigh(losses), lambda: training.describe_losses(**vars(losses)))

    def test(done: int) -> None:
        if any(_lesson((done - 1) / config.steps)):
            tally = count_right(learner, packer, held_out, size=config.batch)
            shares = {name: round(right / n, 4) for name, (right, n) in sorted(tally.items())}
            logger.info("held out at %d: %s", done, json.dumps(shares))

    training.train(
        learner,
        optimizer,
        take,
        schedule=training.Schedule(
            steps=config.steps, highest=LEARNING_RATE, last=LAST_RATE, warmup=WARMUP
        ),
        log_every=LOG_EVERY,
        checkpoints=training.Checkpoints(path=work / "checkpoint.pt", every=SAVE_EVERY, after=test),
    )
    ahead.terminate()
    save(out, learner.model, tokenizer)
    logger.info("saved %s", out)


@torch.no_grad()
def count_right(
    learner: JudgeLearner, packer: Packer, examples: Sequence[Example], *, size: int
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


def _lesson(share: float) -> tuple[int, int]:
    """Questions and drills for each clip at a share of the training."""
    if share < 0.3:
        return 0, 0
    if share < 0.4:
        return 0, 25
    if share < 0.6:
        return 8, 16
    return 10, 12


def _weigh(losses: Losses) -> torch.Tensor:
    total = losses.slots if losses.words is None else 0.3 * losses.slots
    for loss, weight in ((losses.words, 1.0), (losses.answers, 1.0)):
        if loss is not None:
            total = total + weight * loss
    return total


if __name__ == "__main__":
    main()
