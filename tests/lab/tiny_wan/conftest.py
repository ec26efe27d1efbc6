"""An untrained autoencoder with latents of its own scale, a chunk of its latents, a pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from evaluators.world import Scene, make_scenes
from lab import training
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


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def run_whole_and_resumed(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Callable[[str], None]], None]:
    """Runs a training as `whole`, and as `resumed` after it was killed at its first checkpoint."""

    def run_both(run: Callable[[str], None]) -> None:
        run("whole")
        real = training.save_checkpoint

        def save_and_die(*args: Any) -> None:
            real(*args)
            raise KilledError

        with monkeypatch.context() as patch, pytest.raises(KilledError):
            patch.setattr(training, "save_checkpoint", save_and_die)
            run("resumed")
        run("resumed")

    return run_both


@pytest.fixture
def assert_equal_weights() -> Callable[[Path, str], None]:
    """Compares a part of the models in `whole` and `resumed` of a folder."""

    def compare(folder: Path, part: str) -> None:
        files = [folder / name / part for name in ("whole", "resumed")]
        whole, resumed = (load_file(next(file.glob("*.safetensors"))) for file in files)
        assert all(torch.equal(whole[name], resumed[name]) for name in whole)

    return compare
