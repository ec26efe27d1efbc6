"""The training of the autoencoder: pictures first, then clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lab.tiny_wan import train_vae
from lab.tiny_wan.parts import build_vae, load_vae


def test_a_killed_training_ends_where_it_would_have(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_whole_and_resumed: Callable[..., None],
    assert_equal_weights: Callable[..., None],
) -> None:
    config = train_vae.VaeTrainingConfig(
        steps=3, picture_steps=1, picture_clips=1, clips=1, measured=4
    )

    def run(name: str) -> None:
        train_vae.train_vae(tmp_path / name, work=tmp_path / f"{name}-work", config=config)

    monkeypatch.setattr(train_vae, "SAVE_EVERY", 2)
    run_whole_and_resumed(run)
    assert_equal_weights(tmp_path, ".")
    vae = load_vae(tmp_path / "whole")
    assert all(std > 0 for std in vae.config.latents_std)
    assert set(vae.config.latents_mean) != {0.0}


def test_no_clip_is_seen_twice() -> None:
    config = train_vae.VaeTrainingConfig(steps=6, picture_steps=3)
    numbers = [number for step in range(7) for number in config.clips_of(step)]
    assert numbers == list(range(3 * config.picture_clips + 4 * config.clips))


def test_a_picture_is_convolved_as_the_first_frame_of_a_clip() -> None:
    torch.manual_seed(0)
    vae = train_vae._prepare(build_vae()).eval()
    picture = torch.rand(1, 3, 1, 64, 64) * 2 - 1
    with torch.no_grad():
        stock = vae.encode(picture).latent_dist.mode()
        with train_vae._present_only():
            flat = vae.encode(picture).latent_dist.mode()
    torch.testing.assert_close(flat, stock, rtol=1e-4, atol=1e-4)


def test_a_shape_and_the_band_around_it_count() -> None:
    video = torch.zeros(1, 3, 1, 16, 16)
    video[..., 8, 8] = 1
    wanted = torch.zeros(1, 1, 1, 16, 16)
    margin = train_vae.SHAPE_MARGIN
    wanted[..., 8 - margin : 9 + margin, 8 - margin : 9 + margin] = 1
    assert torch.equal(train_vae.near_shapes(video), wanted)
