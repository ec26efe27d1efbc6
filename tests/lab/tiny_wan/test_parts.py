"""The parts of the pipeline, and what is saved of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch

from lab.tiny_wan.parts import (
    FLOW_SHIFT,
    FRAMES,
    FRAMES_PER_LATENT,
    LATENT_CHANNELS,
    SIDE,
    TRAIN_TIMESTEPS,
    build_vae,
    load_vae,
)


def test_an_untrained_autoencoder_has_latents_of_no_scale() -> None:
    vae = build_vae()
    assert vae.config.latents_mean == [0.0] * LATENT_CHANNELS
    assert vae.config.latents_std == [1.0] * LATENT_CHANNELS
    with torch.no_grad():
        latents = vae.encode(torch.zeros(1, 3, FRAMES, SIDE, SIDE)).latent_dist.mode()
    assert latents.shape == (1, LATENT_CHANNELS, 1 + (FRAMES - 1) // FRAMES_PER_LATENT, 16, 16)


def test_a_loaded_autoencoder_is_to_be_run_only(vae_folder: Path) -> None:
    vae = load_vae(vae_folder)
    assert not vae.training
    assert not any(parameter.requires_grad for parameter in vae.parameters())
    assert vae.config._name_or_path == vae_folder.name


def test_the_pipeline_is_wan_s_with_the_solver_that_is_trained_for(pipe: Any) -> None:
    assert type(pipe) is diffusers.WanImageToVideoPipeline
    assert pipe.scheduler.config.flow_shift == FLOW_SHIFT
    assert pipe.scheduler.config.num_train_timesteps == TRAIN_TIMESTEPS


def test_everything_saved_is_safetensors_small_and_readable_by_all(model_folder: Path) -> None:
    files = [path for path in model_folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".safetensors"}
    assert sum(path.stat().st_size for path in files) < 20_000_000
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in model_folder.rglob("*.safetensors"))
