"""Trains the tiny Wan's autoencoder: `python -m lab.tiny_wan.train_vae --out FOLDER`.

First it learns single pictures, which takes a fraction of the time that clips take and teaches it
most of what it has to know about shapes and colours; then clips, beginning where each latent frame
gives its last picture four times.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_wan import (
    WanCausalConv3d,
    WanResample,
    WanResidualBlock,
)
from torch import Tensor
from torch.nn.functional import conv2d, l1_loss, max_pool2d

from lab import training
from lab.tiny_wan.clips import make_pictures
from lab.tiny_wan.condition import to_video
from lab.tiny_wan.parts import build_vae

logger = logging.getLogger(__name__)

LEARNING_RATE, WARMUP = 1e-3, 150
# Small enough not to blur: it only keeps the latents from growing and from being spiky.
KL_WEIGHT = 3e-4
# Plain L1 is mostly about backgrounds: shapes are few pixels, their outlines fewer.
SHAPE_WEIGHT = 8.0
EDGE_WEIGHT = 1.0
# At first, while nothing is where it should be, the loss of the outlines asks for flat grey.
PLAIN_SHARE = 0.2
# How far from its picture's middle colour a pixel of a shape is, in the range -1 to 1, and how wide
# the band around the shape is that counts as much, in pixels.
SHAPE_CONTRAST, SHAPE_MARGIN = 0.25, 2
FIRST_LOG_VARIANCE = -6.0
EVERY_THIRD = slice(None, None, 3)
LOG_EVERY, SAVE_EVERY = 50, 250
AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class VaeTrainingConfig:
    """What decides a training, to the last batch.

    Attributes:
        steps: In all; the learning rate falls to its last value over them.
        picture_steps: The first of them, which take every third frame of some clips as pictures.
        picture_clips: Clips of a step on pictures, each rendered for it and seen once.
        clips: Clips of a step on clips.
        measured: Clips that the latents' mean and deviation are measured on.
        seed: Decides clips, weights and noise.
    """

    steps: int = 8000
    picture_steps: int = 4000
    picture_clips: int = 3
    clips: int = 2
    measured: int = 512
    seed: int = 31

    def clips_of(self, step: int) -> range:
        """The numbers of the clips of a step, none of them another step's."""
        if step < self.picture_steps:
            return range(step * self.picture_clips, (step + 1) * self.picture_clips)
        before = self.picture_steps * self.picture_clips
        start = before + (step - self.picture_steps) * self.clips
        return range(start, start + self.clips)


def main() -> None:
    """Parse the command line and train."""
    usual = VaeTrainingConfig()
    options = training.start(training.training_parser(__doc__, steps=usual.steps, seed=usual.seed))
    config = VaeTrainingConfig(steps=options.steps, seed=options.seed)
    train_vae(options.out, work=options.work, config=config)


def train_vae(out: Path, *, work: Path, config: VaeTrainingConfig) -> None:
    """Train, or resume from the last checkpoint in `work`, and write the autoencoder to `out`.

    Args:
        out: Folder of the trained autoencoder.
        work: Folder of the checkpoint.
        config: What decides the training.
    """
    torch.manual_seed(config.seed)
    vae = _prepare(build_vae()).train()
    optimizer = torch.optim.AdamW(vae.parameters(), betas=(0.9, 0.99), weight_decay=0.0)
    logger.info("%s", config)

    def take(step: int) -> training.Step:
        # The noise of a step does not depend on where the training was resumed.
        torch.manual_seed(config.seed * 1_000_003 + step)
        frames = torch.from_numpy(make_pictures(config.clips_of(step), seed=config.seed))
        if step < config.picture_steps:
            frames = frames[:, EVERY_THIRD].flatten(0, 1)[:, None]
        with _present_only() if step < config.picture_steps else nullcontext():
            pixels, edges, kl = _losses(vae, to_video(frames))
        edge_weight = 0.0 if step < PLAIN_SHARE * config.picture_steps else EDGE_WEIGHT
        return training.Step(
            pixels + edge_weight * edges + KL_WEIGHT * kl,
            lambda: training.describe_losses(L1=pixels, edges=edges, KL=kl),
        )

    training.train(
        vae,
        optimizer,
        take,
        schedule=training.Schedule(
            steps=config.steps, highest=LEARNING_RATE, last=LEARNING_RATE / 100, warmup=WARMUP
        ),
        log_every=LOG_EVERY,
        checkpoints=training.Checkpoints(path=work / "checkpoint.pt", every=SAVE_EVERY),
    )
    _measure_latents(vae.eval(), config)
    for parameter in vae.parameters():
        parameter.data = parameter.data.contiguous()
    vae.save_pretrained(out, safe_serialization=True)
    logger.info("saved %s", out)


@torch.no_grad()
def _prepare(vae: Any) -> Any:
    """Start values under which brightness and place come through from the first step on.

    As the library draws them, the branches of the residual blocks drown what their shortcuts carry,
    and the latents' noise is larger than the latents. In time, a convolution looks at the present
    only, as it does on a picture, and the layers that halve and double the frames keep and repeat.
    """
    branches = set()
    for block in vae.modules():
        if isinstance(block, WanResidualBlock):
            for parameter in block.conv2.parameters():
                torch.nn.init.zeros_(parameter)
            branches |= {block.conv1, block.conv2}
    for layer in vae.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Conv3d) and layer not in branches:
            seen = layer.weight[0].numel() // (
                layer.kernel_size[0] if layer.weight.ndim == 5 else 1
            )
            torch.nn.init.normal_(layer.weight, std=seen**-0.5)
        if isinstance(layer, WanCausalConv3d):
            layer.weight[:, :, :-1] = 0
    for layer in vae.modules():
        if isinstance(layer, WanResample) and hasattr(layer, "time_conv"):
            weight, bias = layer.time_conv.parameters()
            weight[:, :, -1, 0, 0] = torch.eye(layer.dim).repeat(len(weight) // layer.dim, 1)
            bias.zero_()
    for layer in vae.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Conv3d):
            # A CPU takes two thirds of the time in this order.
            flat = layer.weight.ndim == 4
            order = torch.channels_last if flat else torch.channels_last_3d
            layer.weight.data = layer.weight.data.contiguous(memory_format=order)
    _, log_variance = vae.quant_conv.bias.chunk(2)
    log_variance.fill_(FIRST_LOG_VARIANCE)
    return vae


@contextmanager
def _present_only() -> Iterator[None]:
    """Convolve pictures in two dimensions: a causal convolution sees zeros before the first frame,
    and two thirds of its multiplications are with them.
    """
    causal: Any = WanCausalConv3d
    stock = causal.forward

    def forward(layer: Any, x: Tensor, cache_x: Tensor | None = None) -> Any:
        if x.shape[2] > 1 or cache_x is not None or layer.stride[0] > 1:
            return stock(layer, x, cache_x)
        weight, margin = layer.weight[:, :, -1], layer._padding[0]
        return conv2d(x[:, :, 0], weight, layer.bias, padding=margin)[:, :, None]

    causal.forward = forward
    try:
        yield
    finally:
        causal.forward = stock


def _losses(vae: Any, video: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """L1 of the pixels, L1 of their differences along rows and columns, KL of a latent value."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        latents = vae.encode(video).latent_dist
        made = vae.decode(latents.sample()).sample
    made = made.float()
    weights = 1 + SHAPE_WEIGHT * near_shapes(video)
    pixels = ((made - video).abs() * weights).mean() / weights.mean()
    down, across = (l1_loss(made.diff(dim=dim), video.diff(dim=dim)) for dim in (-2, -1))
    kl = 0.5 * (latents.mean.square() + latents.var - 1 - latents.logvar).float().mean()
    return pixels, down + across, kl


def near_shapes(video: Tensor) -> Tensor:
    """Where shapes and their outlines are.

    Args:
        video: Shape (clips, 3, frames, height, width), -1 to 1.

    Returns:
        1 there and 0 elsewhere, shape (clips, 1, frames, height, width).
    """
    middle = video.flatten(3).median(dim=-1).values[..., None, None]
    shapes = ((video - middle).abs().mean(dim=1) > SHAPE_CONTRAST).float()
    return max_pool2d(shapes, 2 * SHAPE_MARGIN + 1, stride=1, padding=SHAPE_MARGIN)[:, None]


@torch.no_grad()
def _measure_latents(vae: Any, config: VaeTrainingConfig) -> None:
    """Write the mean and deviation of each latent channel into the autoencoder's configuration."""
    start = config.clips_of(config.steps).start
    modes = []
    for index in range(start, start + config.measured, AT_ONCE):
        pictures = make_pictures(range(index, index + AT_ONCE), seed=config.seed)
        modes.append(vae.encode(to_video(torch.from_numpy(pictures))).latent_dist.mode())
    std, mean = torch.std_mean(torch.cat(modes), dim=(0, 2, 3, 4))
    vae.register_to_config(latents_mean=mean.tolist(), latents_std=std.tolist())


if __name__ == "__main__":
    main()
