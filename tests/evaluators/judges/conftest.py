"""Judges that run a tiny Qwen2.5-VL with random weights, and clips for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_qwen import save_tiny_qwen

from evaluators.frames import Clip
from evaluators.judges.transformers_judge import TransformersJudge


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def save_qwen() -> Callable[..., Path]:
    return save_tiny_qwen


@pytest.fixture(scope="session")
def random_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_qwen(tmp_path_factory.mktemp("models") / "tiny-qwen")


@pytest.fixture(scope="session")
def answering_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `random_qwen`, with the rows of yes and no in the output layer scaled up."""
    return save_tiny_qwen(tmp_path_factory.mktemp("models") / "tiny-qwen", answer_scale=8.0)


@pytest.fixture(scope="session")
def random_judge(random_qwen: Path) -> TransformersJudge:
    return TransformersJudge(random_qwen, device="cpu")


@pytest.fixture(scope="session")
def answering_judge(answering_qwen: Path) -> TransformersJudge:
    return TransformersJudge(answering_qwen, device="cpu")


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Clip]:
    """Builds a clip of random frames."""

    def make(
        count: int = 4, *, height: int = 56, width: int = 84, fps: float = 8.0, seed: int = 0
    ) -> Clip:
        rng = np.random.default_rng(seed)
        frames = rng.integers(0, 256, (count, height, width, 3), dtype=np.uint8)
        frames.setflags(write=False)
        return Clip(frames=frames, times=np.arange(count) / fps, indices=np.arange(count), fps=fps)

    return make
