"""What the pipeline would make of clips and first frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import PIL.Image
import pytest
import torch
from transformers import CLIPImageProcessor

from lab.tiny_wan.condition import (
    decode,
    encode,
    encode_first,
    latent_scale,
    to_frames,
    to_pixels,
    to_video,
    with_mask,
)
from lab.tiny_wan.parts import CONFIGURATIONS, load_vae


@pytest.fixture(scope="module")
def vae(vae_folder: Path) -> Any:
    return load_vae(vae_folder)


@pytest.fixture(scope="module")
def frames() -> torch.Tensor:
    drawn = torch.Generator().manual_seed(0)
    return torch.randint(256, (2, 9, 64, 64, 3), dtype=torch.uint8, generator=drawn)


def test_frames_go_to_video_and_back(frames: torch.Tensor) -> None:
    video = to_video(frames)
    assert video.shape == (2, 3, 9, 64, 64)
    assert (video.min(), video.max()) == (-1, 1)
    assert torch.equal(to_frames(video), frames)
    assert torch.equal(to_frames(2 * video), to_frames(2 * video.clamp(-0.5, 0.5)))


def test_pixels_are_those_of_the_image_processor(frames: torch.Tensor) -> None:
    processor = CLIPImageProcessor.from_pretrained(CONFIGURATIONS / "image_processor")
    pictures = [PIL.Image.fromarray(first.numpy()) for first in frames[:, 0]]
    wanted = processor(pictures, return_tensors="pt").pixel_values
    torch.testing.assert_close(to_pixels(frames[:, 0]), wanted)


def test_latents_are_normalised_and_decoded_from_that(vae: Any, frames: torch.Tensor) -> None:
    video = to_video(frames[:1])
    mean, std = latent_scale(vae)
    latents = encode(vae, video)
    with torch.no_grad():
        mode = vae.encode(video).latent_dist.mode()
        made = vae.decode(mode).sample
    torch.testing.assert_close(latents * std + mean, mode)
    torch.testing.assert_close(decode(vae, latents), made, rtol=1e-4, atol=1e-5)


def test_the_condition_is_the_first_frame_before_grey(vae: Any, frames: torch.Tensor) -> None:
    grey = torch.zeros(1, 3, 9, 64, 64)
    grey[:, :, 0] = to_video(frames[:1])[:, :, 0]
    torch.testing.assert_close(encode_first(vae, frames[:1, 0]), encode(vae, grey))


def test_the_mask_marks_the_first_latent_frame() -> None:
    condition = torch.randn(2, 8, 3, 16, 16)
    masked = with_mask(condition)
    assert masked.shape == (2, 12, 3, 16, 16)
    assert torch.equal(masked[:, 4:], condition)
    assert (masked[:, :4, 0] == 1).all()
    assert (masked[:, :4, 1:] == 0).all()
