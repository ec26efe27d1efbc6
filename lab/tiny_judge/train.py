"""Trains the tiny judge from scratch: `python -m lab.tiny_judge.train --out FOLDER`.

First the vision tower learns to tell what is at each place, then the text model to name it and to
check it in the simplest questions, then come the world's own questions. Those alone give so little
to learn from that the model would stay at guessing the likelier answer for thousands of steps.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from lab.tiny_judge.batches import IGNORED, Batch, Packer, worth
from lab.tiny_judge.examples import Example, make_example
from lab.tiny_judge.heldout import arrays_of, count_right
from lab.tiny_judge.learner import Learner, Losses
from lab.tiny_judge.model import save, use_fast_attention
from lab.tiny_judge.pool import Arrays, load_chunk, render_ahead
from lab.tiny_judge.tokens import build_tokenizer

logger = logging.getLogger(__name__)

LEARNING_RATE, LAST_RATE, WARMUP = 1.5e-3, 2e-5, 100
HELD_OUT_SEED_SHIFT = 1_000_003
LOG_EVERY, SAVE_EVERY = 25, 200


@dataclass(frozen=True, kw_only=True)
class Course:
    """What decides a training, to the last batch.

    Attributes:
        steps: Training steps in all; the learning rate falls to its last value over them.
        chunks: Chunks of clips; after the last comes the first again, with other questions.
        clips: Clips of a chunk, a multiple of `batch`.
        batch: Clips of a step.
        held_out: Clips that the learner is tested on now and then.
        seed: Decides clips, weights and batches.
    """

    steps: int = 8000
    chunks: int = 24
    clips: int = 1536
    batch: int = 24
    held_out: int = 240
    seed: int = 11


def main() -> None:
    """Parse the command line and train."""
    usual = Course()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder of the trained model")
    parser.add_argument("--work", type=Path, help="clips and checkpoint; default OUT-work")
    parser.add_argument("--steps", type=int, default=usual.steps, help="training steps in all")
    parser.add_argument("--chunks", type=int, default=usual.chunks, help="chunks of clips")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    work = options.work or options.out.with_name(options.out.name + "-work")
    course = Course(steps=options.steps, chunks=options.chunks, seed=options.seed)
    train(options.out, work=work, course=course)


def train(out: Path, *, work: Path, course: Course) -> None:
    """Train, or go on from the last checkpoint in `work`, and write the model to `out`.

    Args:
        out: Folder of the trained model.
        work: Folder of rendered clips and of the checkpoint.
        course: What decides the training.
    """
    torch.manual_seed(course.seed)
    use_fast_attention()
    tokenizer = build_tokenizer()
    packer = Packer(tokenizer)
    learner = Learner(tokenizer).train()
    optimizer = torch.optim.AdamW(learner.parameters(), betas=(0.9, 0.98), weight_decay=0.02)
    checkpoint = work / "checkpoint.pt"
    first = _resume(checkpoint, learner, optimizer)
    renderer = render_ahead(work / "pool", course.chunks, clips=course.clips, seed=course.seed)
    held_out = _held_out(course)
    held_out_arrays = arrays_of(held_out)
    began = time.monotonic()
    for step, batch in _batches(course, packer, work / "pool", first):
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, course.steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.losses(batch, with_text=bool((batch.labels != IGNORED).any()))
        optimizer.zero_grad()
        torch.autograd.backward(_weigh(losses))
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        if step % LOG_EVERY == LOG_EVERY - 1:
            pace = (time.monotonic() - began) / (step + 1 - first)
            logger.info("step %d %s, %.2f s a step", step + 1, _brief(losses), pace)
        if step % SAVE_EVERY == SAVE_EVERY - 1 or step + 1 == course.steps:
            _save(checkpoint, learner, optimizer, step + 1)
            if losses.answers is not None:
                tally = count_right(learner, packer, held_out, held_out_arrays, size=course.batch)
                shares = {name: round(right / n, 4) for name, (right, n) in sorted(tally.items())}
                logger.info("held out at %d: %s", step + 1, json.dumps(shares))
    renderer.terminate()
    save(out, learner.model, tokenizer)
    logger.info("saved %s", out)


def _batches(course: Course, packer: Packer, pool: Path, first: int) -> Iterator[tuple[int, Batch]]:
    per_chunk = course.clips // course.batch
    loaded, chunk, shares = -1, Arrays(), np.ones(course.clips)
    for step in range(first, course.steps):
        number = step // per_chunk % course.chunks
        if number != loaded:
            loaded = number
            chunk = load_chunk(pool, number, clips=course.clips, seed=course.seed)
            shares = worth(chunk["slots"].astype(np.uint8))
            shares /= shares.sum()
        rng = np.random.default_rng([course.seed, step])
        rows = rng.choice(course.clips, course.batch, replace=False, p=shares)
        questions, drills = _lesson(step / course.steps)
        yield step, packer.pack(chunk, rows, questions=questions, drills=drills, rng=rng)


def _held_out(course: Course) -> list[Example]:
    # Neither these scenes nor those of the final measurement are ever trained on.
    seed = course.seed + HELD_OUT_SEED_SHIFT
    return [make_example(i, seed=seed, held_out=True) for i in range(course.held_out)]


def _lesson(share: float) -> tuple[int, int]:
    """Questions and drills for each clip at a share of the training."""
    if share < 0.3:
        return 0, 0
    if share < 0.4:
        return 0, 25
    if share < 0.6:
        return 8, 16
    return 10, 12


def _rate(step: int, steps: int) -> float:
    if step < WARMUP:
        return LEARNING_RATE * (step + 1) / WARMUP
    share = (step - WARMUP) / max(1, steps - WARMUP)
    return LAST_RATE + (LEARNING_RATE - LAST_RATE) * (1 + math.cos(math.pi * share)) / 2


def _weigh(losses: Losses) -> torch.Tensor:
    total = losses.slots if losses.words is None else 0.3 * losses.slots
    for loss, weight in ((losses.words, 1.0), (losses.answers, 1.0)):
        if loss is not None:
            total = total + weight * loss
    return total


def _brief(losses: Losses) -> str:
    named = vars(losses).items()
    return ", ".join(f"{name} {x.item():.4f}" for name, x in named if x is not None)


def _resume(path: Path, learner: Learner, optimizer: torch.optim.Optimizer) -> int:
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    learner.load_state_dict(state["learner"])
    optimizer.load_state_dict(state["optimizer"])
    logger.info("resuming at step %d", state["step"])
    return int(state["step"])


def _save(path: Path, learner: Learner, optimizer: torch.optim.Optimizer, step: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    state = {"learner": learner.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, part)
    part.replace(path)


if __name__ == "__main__":
    main()
