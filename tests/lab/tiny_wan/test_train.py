"""Trainings that are killed and resumed end where they would have."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from lab import training
from lab.tiny_wan import train, train_vae
from lab.tiny_wan.latents import Pool
from lab.tiny_wan.parts import load_vae


class KilledError(Exception):
    """Stands for the end of the process."""


def _run_killed_and_whole(
    module: Any, run: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_EVERY", 2)
    run("whole")
    real = training.save_checkpoint

    def save_and_die(*args: Any) -> None:
        real(*args)
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(training, "save_checkpoint", save_and_die)
        run("resumed")
    run("resumed")


def _assert_equal(folder: Path, part: str) -> None:
    files = [folder / name / part for name in ("whole", "resumed")]
    whole, resumed = (load_file(next(file.glob("*.safetensors"))) for file in files)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_autoencoder_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = train_vae.VaeTrainingConfig(
        steps=3, picture_steps=1, picture_clips=1, clips=1, measured=4
    )

    def run(name: str) -> None:
        train_vae.train_vae(tmp_path / name, work=tmp_path / f"{name}-work", config=config)

    _run_killed_and_whole(train_vae, run, monkeypatch)
    _assert_equal(tmp_path, ".")
    vae = load_vae(tmp_path / "whole")
    assert all(std > 0 for std in vae.config.latents_std)
    assert set(vae.config.latents_mean) != {0.0}


def test_the_transformer_s(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = train.TrainingConfig(
        steps=3, chunks=1, clips=pool.clips, batch=4, held_out=2, seed=pool.seed
    )

    def run(name: str) -> None:
        work = tmp_path / f"{name}-work"
        shutil.copytree(pool.folder, work / "pool", dirs_exist_ok=True)
        train.train(tmp_path / name, vae=pool.vae, work=work, config=config)

    _run_killed_and_whole(train, run, monkeypatch)
    for part in ("transformer", "text_encoder", "image_encoder"):
        _assert_equal(tmp_path, part)


def test_chunks_join_one_after_the_other() -> None:
    config = train.TrainingConfig(chunks=4)
    every = train.STEPS_ON_CHUNK * train.GROWTH
    for step, number in itertools.product(range(0, 5 * every, 50), range(4)):
        if train._chunk_of(step, config) == number:
            assert step >= number * every
    assert {train._chunk_of(step, config) for step in range(0, 40 * every, 50)} == set(range(4))
