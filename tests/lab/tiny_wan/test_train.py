"""The training of the transformer and the encoders."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lab.tiny_wan import train
from lab.tiny_wan.latents import Pool
from lab.tiny_wan.learner import WanLearner
from lab.tiny_wan.tokens import build_tokenizer


def test_a_killed_training_ends_where_it_would_have(
    pool: Pool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run_whole_and_resumed: Callable[..., None],
    assert_equal_weights: Callable[..., None],
) -> None:
    config = train.TrainingConfig(
        steps=3, chunks=1, clips=pool.clips, batch=4, held_out=2, seed=pool.seed
    )

    def run(name: str) -> None:
        work = tmp_path / f"{name}-work"
        shutil.copytree(pool.folder, work / "pool", dirs_exist_ok=True)
        train.train(tmp_path / name, vae=pool.vae, work=work, config=config)

    monkeypatch.setattr(train, "SAVE_EVERY", 2)
    run_whole_and_resumed(run)
    for part in ("transformer", "text_encoder", "image_encoder"):
        assert_equal_weights(tmp_path, part)


def test_another_s_prompt_costs_only_where_prompts_differ(pool: Pool) -> None:
    torch.manual_seed(1)
    learner = WanLearner(build_tokenizer()).eval()
    clips = {name: values[:4] for name, values in pool.load(0).items()}
    for own, other in train.losses_by_prompt(learner, clips).values():
        assert own != pytest.approx(other, rel=1e-6)
    clips["tokens"] = clips["tokens"][[0, 0, 0, 0]]
    for own, other in train.losses_by_prompt(learner, clips).values():
        assert own == other


def test_chunks_join_one_after_the_other() -> None:
    config = train.TrainingConfig(chunks=4)
    every = train.STEPS_ON_CHUNK * train.GROWTH
    for step, number in itertools.product(range(0, 5 * every, 50), range(4)):
        if train._chunk_of(step, config) == number:
            assert step >= number * every
    assert {train._chunk_of(step, config) for step in range(0, 40 * every, 50)} == set(range(4))
