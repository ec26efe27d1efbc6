"""Training from the first step to a model that the judge runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl as library

from evaluators.tiny.judge import tiny_judge
from lab import training
from lab.tiny_judge import train as judge_training
from lab.tiny_judge.examples import Example
from lab.tiny_judge.measure import clip_of
from lab.tiny_judge.train import TrainingConfig, train

CONFIG = TrainingConfig(steps=12, chunks=1, clips=12, batch=6, held_out=2)


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.fixture(autouse=True)
def _library_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    attention = library.Qwen2_5_VLVisionAttention
    monkeypatch.setattr(attention, "forward", attention.forward)


def test_a_training_that_is_killed_and_resumed_ends_where_it_would_have(
    tmp_path: Path, examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_training, "SAVE_EVERY", 5)
    train(tmp_path / "whole", work=tmp_path / "work-whole", config=CONFIG)

    real = training.save_checkpoint

    def save_and_die(*args: Any) -> None:
        real(*args)
        raise KilledError

    with monkeypatch.context() as patch, pytest.raises(KilledError):
        patch.setattr(training, "save_checkpoint", save_and_die)
        train(tmp_path / "resumed", work=tmp_path / "work-resumed", config=CONFIG)
    assert not (tmp_path / "resumed").exists()
    train(tmp_path / "resumed", work=tmp_path / "work-resumed", config=CONFIG)

    whole, resumed = (
        load_file(tmp_path / name / "model.safetensors") for name in ("whole", "resumed")
    )
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    judge = tiny_judge(tmp_path / "whole")
    judged = judge.judge(clip_of(examples[0].frames, judge), examples[0].questions)
    assert all(judgement.p_yes is not None for judgement in judged)
