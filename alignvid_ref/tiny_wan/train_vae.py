"""Trains the tiny Wan's autoencoder: `python -m alignvid_ref.tiny_wan.train_vae --out FOLDER`.

First it learns single pictures, which takes a quarter of the time that clips take and teaches it
most of what it has to know about shapes and colours; then clips.
"""

from __future__ import annotations

import argparse
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import WanResidualBlock
from torch import Tensor
from torch.nn.functional import l1_loss

from alignvid_ref.tiny_wan.clips import make_pictures
from alignvid_ref.tiny_wan.condition import to_video
from alignvid_ref.tiny_wan.parts import build_vae
from alignvid_ref.tiny_wan.progress import resume, save_checkpoint, set_rate

logger = logging.getLogger(__name__)

LEARNING_RATE = 1e-3
# Small enough not to blur: it only keeps the latents from growing and from being spiky.
KL_WEIGHT = 3e-4
# L1 alone leaves the outlines of small shapes soft: they are few pixels. Only for clips: at first,
# while nothing is where it should be, this loss asks for flat grey.
EDGE_WEIGHT = 1.0
FIRST_LOG_VARIANCE = -6.0
EVERY_THIRD = slice(None, None, 3)
LOG_EVERY, SAVE_EVERY = 25, 200


@dataclass(frozen=True, kw_only=True)
class VaeCourse:
    """What decides a training, to the last batch.

    Attributes:
        steps: In all; the learning rate falls to its last value over them.
        picture_steps: The first of them, which take every third frame of each clip as a picture.
        batch: Clips of a step, each rendered for it and seen once.
        measured: Clips that the latents' mean and deviation are measured on.
        seed: Decides clips, weights and noise.
    """

    steps: int = 4000
    picture_steps: int = 1500
    batch: int = 8
    measured: int = 512
    seed: int = 31


def main() -> None:
    """Parse the command line and train."""
    usual = VaeCourse()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder of the autoencoder")
    parser.add_argument("--work", type=Path, help="checkpoint; default OUT-work")
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    work = options.work or options.out.with_name(options.out.name + "-work")
    train_vae(options.out, work=work, course=VaeCourse(steps=options.steps, seed=options.seed))


def train_vae(out: Path, *, work: Path, course: VaeCourse) -> None:
    """Train, or go on from the last checkpoint in `work`, and write the autoencoder to `out`.

    Args:
        out: Folder of the trained autoencoder.
        work: Folder of the checkpoint.
        course: What decides the training.
    """
    torch.manual_seed(course.seed)
    vae = _prepare(build_vae()).train()
    optimizer = torch.optim.AdamW(vae.parameters(), betas=(0.9, 0.99), weight_decay=0.0)
    checkpoint = work / "checkpoint.pt"
    first = resume(checkpoint, vae, optimizer)
    logger.info("%s, from step %d", course, first)
    began = time.monotonic()
    for step in range(first, course.steps):
        set_rate(optimizer, step, steps=course.steps, highest=LEARNING_RATE)
        # The noise of a step does not depend on where the training was resumed.
        torch.manual_seed(course.seed * 1_000_003 + step)
        indices = range(step * course.batch, (step + 1) * course.batch)
        frames = torch.from_numpy(make_pictures(indices, seed=course.seed))
        still = step < course.picture_steps
        if still:
            frames = frames[:, EVERY_THIRD].flatten(0, 1)[:, None]
        pixels, edges, kl = _losses(vae, to_video(frames))
        optimizer.zero_grad()
        torch.autograd.backward(pixels + (0.0 if still else EDGE_WEIGHT) * edges + KL_WEIGHT * kl)
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        if step % LOG_EVERY == LOG_EVERY - 1:
            pace = (time.monotonic() - began) / (step + 1 - first)
            losses = f"L1 {pixels.item():.4f}, edges {edges.item():.4f}, KL {kl.item():.3f}"
            logger.info("step %d %s, %.2f s a step", step + 1, losses, pace)
        if step % SAVE_EVERY == SAVE_EVERY - 1 or step + 1 == course.steps:
            save_checkpoint(checkpoint, vae, optimizer, step + 1)
    _measure_latents(vae.eval(), course)
    vae.save_pretrained(out, safe_serialization=True)
    logger.info("saved %s", out)


@torch.no_grad()
def _prepare(vae: Any) -> Any:
    """Start values under which brightness and place come through from the first step on.

    As the library draws them, the branches of the residual blocks drown what their shortcuts carry,
    and the latents' noise is larger than the latents.
    """
    branches = set()
    for block in vae.modules():
        if isinstance(block, WanResidualBlock):
            for parameter in block.conv2.parameters():
                torch.nn.init.zeros_(parameter)
            branches |= {block.conv1, block.conv2}
    for layer in vae.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Conv3d) and layer not in branches:
            torch.nn.init.normal_(layer.weight, std=layer.weight[0].numel() ** -0.5)
    _, log_variance = vae.quant_conv.bias.chunk(2)
    log_variance.fill_(FIRST_LOG_VARIANCE)
    return vae


def _losses(vae: Any, video: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """L1 of the pixels, L1 of their differences along rows and columns, KL of a latent value."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        latents = vae.encode(video).latent_dist
        made = vae.decode(latents.sample()).sample
    made = made.float()
    down, across = (l1_loss(made.diff(dim=dim), video.diff(dim=dim)) for dim in (-2, -1))
    kl = 0.5 * (latents.mean.square() + latents.var - 1 - latents.logvar).float().mean()
    return l1_loss(made, video), down + across, kl


@torch.no_grad()
def _measure_latents(vae: Any, course: VaeCourse) -> None:
    """Write the mean and deviation of each latent channel into the autoencoder's configuration."""
    start = course.steps * course.batch
    modes = []
    for index in range(start, start + course.measured, course.batch):
        pictures = make_pictures(range(index, index + course.batch), seed=course.seed)
        modes.append(vae.encode(to_video(torch.from_numpy(pictures))).latent_dist.mode())
    std, mean = torch.std_mean(torch.cat(modes), dim=(0, 2, 3, 4))
    vae.register_to_config(latents_mean=mean.tolist(), latents_std=std.tolist())


if __name__ == "__main__":
    main()
