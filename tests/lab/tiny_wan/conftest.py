"""An untrained autoencoder with latents of its own scale, a chunk of its latents, a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.world import Scene, make_scenes
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.latents import AT_ONCE, Pool
from lab.tiny_wan.learner import WanLearner
from lab.tiny_wan.parts import LATENT_CHANNELS, build_vae, load_pipeline, load_vae, save_pipeline
from lab.tiny_wan.tokens import build_tokenizer


@pytest.fixture(scope="session")
def vae_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    vae = build_vae()
    vae.register_to_config(
        latents_mean=torch.linspace(-0.5, 0.5, LATENT_CHANNELS).tolist(),
        latents_std=torch.linspace(0.1, 0.4, LATENT_CHANNELS).tolist(),
    )
    folder = tmp_path_factory.mktemp("tiny-wan") / "vae"
    vae.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def pool(vae_folder: Path) -> Pool:
    made = Pool(vae_folder.with_name("pool"), count=1, clips=AT_ONCE, seed=5, vae=vae_folder)
    made.make(0)
    return made


@pytest.fixture(scope="session")
def model_folder(vae_folder: Path) -> Path:
    torch.manual_seed(3)
    folder = vae_folder.with_name("pipeline")
    save_pipeline(folder, WanLearner(build_tokenizer()).eval().pipeline(load_vae(vae_folder)))
    return folder


@pytest.fixture(scope="session")
def pipe(model_folder: Path) -> Any:
    return load_pipeline(model_folder)


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    return make_scenes(12, seed=5, settings=SETTINGS)
