"""Trains the tiny judge from scratch: `python -m evaluators.tiny.train --out FOLDER`.

First the vision tower learns to say what is at each place, then the text model to put that into
words, then questions. Yes/no questions alone give so little to learn from that the model would
stay at guessing the likelier answer for thousands of steps.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import time
from pathlib import Path

import numpy as np
import torch

from evaluators.tiny.batches import Packer
from evaluators.tiny.examples import make_example
from evaluators.tiny.heldout import arrays_of, count_right
from evaluators.tiny.learner import Learner, Losses
from evaluators.tiny.model import save, use_fast_attention
from evaluators.tiny.pool import CHUNK, load_chunk, render_ahead
from evaluators.tiny.tokens import build_tokenizer

logger = logging.getLogger(__name__)

BATCH = 24
LEARNING_RATE, LAST_RATE, WARMUP = 1.5e-3, 2e-5, 100
HELD_OUT_SEED_SHIFT = 1_000_003
HELD_OUT_CLIPS = 240


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder of the trained model")
    parser.add_argument("--work", type=Path, help="clips and checkpoints; default OUT-work")
    parser.add_argument("--steps", type=int, default=3200, help="training steps in all")
    parser.add_argument("--chunks", type=int, default=24, help=f"chunks of {CHUNK} clips")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    work = options.work or options.out.with_name(options.out.name + "-work")
    train(options.out, work=work, steps=options.steps, chunks=options.chunks, seed=options.seed)


def train(out: Path, *, work: Path, steps: int, chunks: int, seed: int) -> None:
    """Train, or go on from the last checkpoint in `work`, and write the model to `out`.

    Args:
        out: Folder of the trained model and of `training.json`.
        work: Folder of rendered clips and of the checkpoint.
        steps: Training steps in all; the learning rate falls to its last value over them.
        chunks: Chunks of clips; after the last comes the first again, with other questions.
        seed: Decides clips, weights and batches.
    """
    torch.manual_seed(seed)
    use_fast_attention()
    tokenizer = build_tokenizer()
    packer = Packer(tokenizer)
    learner = Learner(tokenizer).train()
    optimizer = torch.optim.AdamW(learner.parameters(), betas=(0.9, 0.98), weight_decay=0.02)
    checkpoint = work / "checkpoint.pt"
    first = _resume(checkpoint, learner, optimizer)
    pool = work / "pool"
    renderer = render_ahead(pool, chunks, seed=seed)
    held_out = [make_example(i, seed=seed + HELD_OUT_SEED_SHIFT) for i in range(HELD_OUT_CLIPS)]
    held_out_arrays = arrays_of(held_out)
    per_chunk = CHUNK // BATCH
    loaded, chunk = -1, {}
    began = time.monotonic()
    for step in range(first, steps):
        number = step // per_chunk % chunks
        if number != loaded:
            loaded, chunk = number, load_chunk(pool, number, seed=seed)
        rng = np.random.default_rng([seed, step])
        order = np.random.default_rng([seed, step // per_chunk]).permutation(CHUNK)
        rows = order[(step % per_chunk) * BATCH :][:BATCH]
        questions, quarters = _lesson(step / steps)
        batch = packer.pack(chunk, rows, questions=questions, quarters=quarters, rng=rng)
        for group in optimizer.param_groups:
            group["lr"] = _rate(step, steps)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.losses(batch, with_text=quarters + questions > 0)
        optimizer.zero_grad()
        _weigh(losses).backward()
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        if step % 25 == 24:
            pace = (time.monotonic() - began) / (step + 1 - first)
            logger.info("step %d %s, %.2f s a step", step + 1, _brief(losses), pace)
        if step % 200 == 199 or step + 1 == steps:
            _save(checkpoint, learner, optimizer, step + 1)
            if questions:
                tally = count_right(learner, packer, held_out, held_out_arrays, size=BATCH)
                shares = {name: round(right / n, 4) for name, (right, n) in sorted(tally.items())}
                logger.info("held out at %d: %s", step + 1, json.dumps(shares))
    renderer.terminate()
    save(out, learner.model, tokenizer)
    logger.info("saved %s", out)


def _lesson(share: float) -> tuple[int, int]:
    """Questions and described quarters for each clip at a share of the training."""
    if share < 0.12:
        return 0, 0
    if share < 0.22:
        return 4, 3
    return 12, 1


def _rate(step: int, steps: int) -> float:
    if step < WARMUP:
        return LEARNING_RATE * (step + 1) / WARMUP
    share = (step - WARMUP) / max(1, steps - WARMUP)
    return LAST_RATE + (LEARNING_RATE - LAST_RATE) * (1 + math.cos(math.pi * share)) / 2


def _weigh(losses: Losses) -> torch.Tensor:
    if losses.words is None and losses.answers is None:
        return losses.slots
    total = 0.2 * losses.slots
    if losses.words is not None:
        total = total + 0.5 * losses.words
    if losses.answers is not None:
        total = total + losses.answers
    return total


def _brief(losses: Losses) -> str:
    named = {"slots": losses.slots, "words": losses.words, "answers": losses.answers}
    return ", ".join(f"{name} {x.item():.4f}" for name, x in named.items() if x is not None)


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
