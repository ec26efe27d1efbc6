"""The training: seeded, and saved as what open_clip loads."""

from __future__ import annotations

from pathlib import Path

import open_clip
import pytest
import torch

from lab.tiny_clip.model import save
from lab.tiny_clip.train import TrainingConfig, train

SHORT = TrainingConfig(steps=3, scenes=12, batch=6, seed=5)


@pytest.fixture(scope="module")
def model() -> open_clip.CLIP:
    return train(SHORT)


def test_the_same_course_gives_the_same_model(model: open_clip.CLIP) -> None:
    again = train(SHORT).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in model.state_dict().items())


def test_what_is_saved_is_what_open_clip_loads(model: open_clip.CLIP, tmp_path: Path) -> None:
    save(tmp_path / "model", model)
    loaded, _ = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'model'}")
    state = loaded.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
