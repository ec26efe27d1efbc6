"""Trains the tiny Wan: `python -m lab.tiny_wan.train --vae FOLDER --out FOLDER`."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lab import training
from lab.chunks import Arrays
from lab.tiny_wan.clips import make_clip
from lab.tiny_wan.latents import Pool, encode_clips
from lab.tiny_wan.learner import WanLearner, draw_batch
from lab.tiny_wan.parts import load_vae, save_pipeline
from lab.tiny_wan.tokens import build_tokenizer

logger = logging.getLogger(__name__)

LEARNING_RATE, WARMUP = 1e-3, 150
# Steps on a chunk before another is taken, and after how many of them the next chunk joins.
STEPS_ON_CHUNK, GROWTH = 50, 3
LOG_EVERY, SAVE_EVERY = 50, 250
SEED_SHIFT = 1_000_003
SIGMAS = (0.95, 0.75, 0.4)
"""Shares of noise that are tested at: what happens is decided where there is much."""


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(training.ClipTrainingConfig):
    """The tiny Wan's usual training."""

    steps: int = 9000
    clips: int = 2048
    batch: int = 32
    held_out: int = 96
    seed: int = 41


def main() -> None:
    """Parse the command line and train."""
    usual = TrainingConfig()
    parser = training.training_parser(__doc__, steps=usual.steps, seed=usual.seed)
    parser.add_argument("--vae", type=Path, required=True, help="folder of the autoencoder")
    parser.add_argument("--chunks", type=int, default=usual.chunks)
    options = training.start(parser)
    config = TrainingConfig(steps=options.steps, chunks=options.chunks, seed=options.seed)
    train(options.out, vae=options.vae, work=options.work, config=config)


def train(out: Path, *, vae: Path, work: Path, config: TrainingConfig) -> None:
    """Train, or resume from the last checkpoint in `work`, and write the pipeline to `out`.

    At each checkpoint the pipeline as it is goes to `work/so-far`, to be looked at.

    Args:
        out: Folder of the trained pipeline.
        vae: Folder of the trained autoencoder.
        work: Folder of latents and checkpoint.
        config: What decides the training.
    """
    torch.manual_seed(config.seed)
    learner = WanLearner(build_tokenizer()).train()
    optimizer = torch.optim.AdamW(learner.parameters(), betas=(0.9, 0.99), weight_decay=0.01)
    logger.info("%s", config)
    pool = Pool(work / "pool", config.chunks, config.clips, config.seed, vae)
    ahead = pool.make_ahead() if config.chunks > 1 else None
    load = lru_cache(maxsize=1)(lambda number: pool.load(number, ahead))
    autoencoder = load_vae(vae)
    held_out = held_out_clips(autoencoder, learner, count=config.held_out, seed=config.seed)
    recent: list[tuple[torch.Tensor, torch.Tensor]] = []

    def take(step: int) -> training.Step:
        chunk = load(_chunk_of(step, config))
        rng = np.random.default_rng([config.seed, step])
        rows = rng.choice(config.clips, config.batch, replace=False)
        batch = draw_batch(chunk, rows, learner.tokenizer, int(rng.integers(2**62)))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            losses = learner.loss(batch)
        recent.append((batch.sigmas, losses.detach()))
        return training.Step(losses.mean(), lambda: _by_noise(recent))

    def look(done: int) -> None:
        save_pipeline(work / "so-far", learner.pipeline(autoencoder))
        losses = losses_by_prompt(learner, held_out).items()
        told = [f"at {share:g} {own:.4f} / {other:.4f}" for share, (own, other) in losses]
        logger.info("held out, own prompt / another's: %s", ", ".join(told))

    training.train(
        learner,
        optimizer,
        take,
        schedule=training.Schedule(
            steps=config.steps, highest=LEARNING_RATE, last=LEARNING_RATE / 100, warmup=WARMUP
        ),
        log_every=LOG_EVERY,
        checkpoints=training.Checkpoints(path=work / "checkpoint.pt", every=SAVE_EVERY, after=look),
    )
    if ahead is not None:
        ahead.terminate()
    save_pipeline(out, learner.eval().pipeline(autoencoder))
    logger.info("saved %s", out)


def held_out_clips(vae: Any, learner: WanLearner, *, count: int, seed: int) -> Arrays:
    """Clips that all do what their prompt says, as `encode_clips` gives them."""
    clips = (make_clip(i, seed=seed + SEED_SHIFT, shares={"done": 1.0}) for i in range(count))
    return encode_clips(vae, learner.tokenizer, clips)


@torch.no_grad()
def losses_by_prompt(learner: WanLearner, clips: Arrays) -> dict[float, tuple[float, float]]:
    """Mean loss with each clip's own prompt and with another clip's, by the share of noise.

    The two are the same for a learner that does not read.

    Args:
        learner: The model.
        clips: From `held_out_clips`.
    """
    rows = np.arange(len(clips["tokens"]))
    drawn = draw_batch(clips, rows, learner.tokenizer, seed=0)
    tokens = torch.from_numpy(clips["tokens"]).long()
    found = {}
    for share in SIGMAS:
        at = replace(drawn, sigmas=torch.full((len(rows),), share))
        own, other = (replace(at, tokens=some) for some in (tokens, tokens.roll(1, 0)))
        found[share] = float(learner.loss(own).mean()), float(learner.loss(other).mean())
    return found


def _chunk_of(step: int, config: TrainingConfig) -> int:
    """The chunk of a step: one of those that have joined, the rest are still being made."""
    turn = step // STEPS_ON_CHUNK
    joined = min(config.chunks, 1 + turn // GROWTH)
    return int(np.random.default_rng([config.seed, turn, 1]).integers(joined))


def _by_noise(recent: list[tuple[torch.Tensor, torch.Tensor]]) -> str:
    """Mean loss over all steps since it was last told, and where much is noise and where little."""
    sigmas, losses = (torch.cat(parts) for parts in zip(*recent, strict=True))
    recent.clear()
    shares = {"all": sigmas >= 0, "over 0.9": sigmas > 0.9, "under 0.5": sigmas < 0.5}
    return ", ".join(f"{name} {losses[rows].mean():.4f}" for name, rows in shares.items())


if __name__ == "__main__":
    main()
