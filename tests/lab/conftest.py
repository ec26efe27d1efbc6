"""The laboratory's longer tests: what trains, samples or asks a model again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLOW = {
    "tiny_clip/test_train.py",
    "tiny_judge/test_train.py",
    "tiny_judge/test_explain.py",
    "tiny_wan/test_attention.py",
    "tiny_wan/test_sampling.py",
    "tiny_wan/test_train.py",
    "tiny_wan/test_train_vae.py",
    "tiny_wan/experiment/test_run.py",
    "benchmarks/test_rescore.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.path.relative_to(HERE).as_posix() in SLOW:
            item.add_marker(pytest.mark.slow)
