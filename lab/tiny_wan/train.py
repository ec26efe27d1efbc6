"""Trains the tiny Wan: `python -m lab.tiny_wan.train --vae FOLDER --out FOLDER`."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import torch

from lab.tiny_wan.heldout import describe, held_out_clips, losses_by_prompt
from lab.tiny_wan.latents import Arrays, Pool
from lab.tiny_wan.learner import Batch, Learner, draw_batch
from lab.tiny_wan.parts import load_vae, save_pipeline
from lab.tiny_wan.progress import resume, save_checkpoint, set_rate
from lab.tiny_wan.tokens import build_tokenizer

logger = logging.getLogger(__name__)

LEARNING_RATE = 1e-3
# Steps on a chunk before another is taken, and after how many of them the next chunk joins.
STEPS_ON_CHUNK, GROWTH = 50, 3
LOG_EVERY, SAVE_EVERY = 50, 250


@dataclass(frozen=True, kw_only=True)
class Course:
    """What decides a training, to the last batch.

    Attributes:
        steps: In all; the learning rate falls to its last value over them.
        chunks: Chunks of clips.
        clips: Clips of a chunk.
        batch: Clips of a step.
        held_out: Clips that the learner is tested on now and then.
        seed: Decides clips, weights and noise.
    """

    steps: int = 9000
    chunks: int = 24
    clips: int = 2048
    batch: int = 32
    held_out: int = 96
    seed: int = 41


def main() -> None:
    """Parse the command line and train."""
    usual = Course()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--vae", type=Path, required=True, help="folder of the autoencoder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the pipeline")
    parser.add_argument("--work", type=Path, help="latents and checkpoint; default OUT-work")
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--chunks", type=int, default=usual.chunks)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    work = options.work or options.out.with_name(options.out.name + "-work")
    course = Course(steps=options.steps, chunks=options.chunks, seed=options.seed)
    train(options.out, vae=options.vae, work=work, course=course)


def train(out: Path, *, vae: Path, work: Path, course: Course) -> None:
    """Train, or go on from the last checkpoint in `work`, and write the pipeline to `out`.

    At each checkpoint the pipeline as it is goes to `work/so-far`, to be looked at.

    Args:
        out: Folder of the trained pipeline.
        vae: Folder of the trained autoencoder.
        work: Folder of latents and checkpoint.
        course: What decides the training.
    """
    torch.manual_seed(course.seed)
    learner = Learner(build_tokenizer()).train()
    optimizer = torch.optim.AdamW(learner.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    checkpoint = work / "checkpoint.pt"
    first = resume(checkpoint, learner, optimizer)
    logger.info("%s, from step %d", course, first)
    pool = Pool(work / "pool", vae, course.chunks, course.clips, course.seed)
    ahead = pool.make_ahead() if course.chunks > 1 else None
    autoencoder = load_vae(vae)
    held_out = held_out_clips(autoencoder, learner, count=course.held_out, seed=course.seed)
    began, recent = time.monotonic(), []
    for step, batch in _batches(course, learner, pool, ahead, first):
        set_rate(optimizer, step, steps=course.steps, highest=LEARNING_RATE)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.loss(batch)
        optimizer.zero_grad()
        torch.autograd.backward(losses.mean())
        torch.nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        recent.append((batch.sigmas, losses.detach()))
        if step % LOG_EVERY == LOG_EVERY - 1:
            pace = (time.monotonic() - began) / (step + 1 - first)
            logger.info("step %d %s, %.2f s a step", step + 1, _by_noise(recent), pace)
            recent.clear()
        if step % SAVE_EVERY == SAVE_EVERY - 1 or step + 1 == course.steps:
            save_pipeline(work / "so-far", learner.pipeline(autoencoder))
            save_checkpoint(checkpoint, learner, optimizer, step + 1)
            logger.info("%s", describe(losses_by_prompt(learner, held_out)))
    if ahead is not None:
        ahead.terminate()
    save_pipeline(out, learner.eval().pipeline(autoencoder))
    logger.info("saved %s", out)


def _batches(
    course: Course, learner: Learner, pool: Pool, ahead: BaseProcess | None, first: int
) -> Iterator[tuple[int, Batch]]:
    loaded, chunk = -1, Arrays()
    for step in range(first, course.steps):
        number = _chunk_of(step, course)
        if number != loaded:
            loaded, chunk = number, pool.load(number, ahead)
        rng = np.random.default_rng([course.seed, step])
        rows = rng.choice(course.clips, course.batch, replace=False)
        seed = int(rng.integers(2**62))
        yield step, draw_batch(chunk, rows, learner.tokenizer, seed)


def _chunk_of(step: int, course: Course) -> int:
    """The chunk of a step: one of those that have joined, the rest are still being made."""
    turn = step // STEPS_ON_CHUNK
    joined = min(course.chunks, 1 + turn // GROWTH)
    return int(np.random.default_rng([course.seed, turn, 1]).integers(joined))


def _by_noise(recent: list[tuple[torch.Tensor, torch.Tensor]]) -> str:
    """Mean loss over all, and where most is noise and where little is."""
    sigmas, losses = (torch.cat(parts) for parts in zip(*recent, strict=True))
    shares = {"all": sigmas >= 0, "over 0.9": sigmas > 0.9, "under 0.5": sigmas < 0.5}
    return ", ".join(f"{name} {losses[rows].mean():.4f}" for name, rows in shares.items())


if __name__ == "__main__":
    main()
