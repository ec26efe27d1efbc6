"""What `WanImageToVideoPipeline` makes of clips and first frames, for many at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lab.tiny_wan.parts import FRAMES, FRAMES_PER_LATENT, IMAGE_MEAN, IMAGE_STD


def to_video(frames: Tensor) -> Tensor:
    """Frames as the autoencoder wants them.

    Args:
        frames: Shape (clips, frames, height, width, 3), uint8.

    Returns:
        Shape (clips, 3, frames, height, width), -1 to 1.
    """
    return frames.permute(0, 4, 1, 2, 3).float() / 127.5 - 1


def to_frames(video: Tensor) -> Tensor:
    """The opposite of `to_video`."""
    return ((video.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 4, 1)


def to_pixels(first: Tensor) -> Tensor:
    """First frames as the image encoder wants them: what the pipeline's image processor gives.

    Args:
        first: Shape (clips, 64, 64, 3), uint8.

    Returns:
        Shape (clips, 3, 64, 64).
    """
    mean, std = torch.tensor(IMAGE_MEAN), torch.tensor(IMAGE_STD)
    return ((first.float() / 255 - mean) / std).permute(0, 3, 1, 2)


@torch.no_grad()
def encode(vae: Any, video: Tensor) -> Tensor:
    """Normalised latents of clips, shape (clips, channels, 3, 16, 16); the mode, nothing drawn."""
    mode = vae.encode(video).latent_dist.mode()
    mean, std = latent_scale(vae)
    normalised: Tensor = (mode - mean) / std
    return normalised


@torch.no_grad()
def decode(vae: Any, latents: Tensor) -> Tensor:
    """Clips from normalised latents, -1 to 1, shape (clips, 3, 9, 64, 64)."""
    mean, std = latent_scale(vae)
    video: Tensor = vae.decode(latents * std + mean).sample
    return video


def latent_scale(vae: Any) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each latent channel, shape (1, channels, 1, 1, 1)."""
    mean, std = (
        torch.tensor(values).view(1, -1, 1, 1, 1)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    return mean, std


def encode_first(vae: Any, first: Tensor) -> Tensor:
    """Normalised latents of first frames, each followed by eight frames of middle grey.

    Args:
        vae: The autoencoder.
        first: Shape (clips, 64, 64, 3), uint8.
    """
    video = to_video(first[:, None])
    grey = video.new_zeros(len(video), 3, FRAMES - 1, *video.shape[-2:])
    return encode(vae, torch.cat([video, grey], dim=2))


def with_mask(condition: Tensor) -> Tensor:
    """The latents of first frames behind the four channels that say which frames are given."""
    shape = condition.shape
    mask = condition.new_zeros(shape[0], FRAMES_PER_LATENT, *shape[2:])
    mask[:, :, 0] = 1
    return torch.cat([mask, condition], dim=1)
