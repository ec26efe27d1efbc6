"""The examples of docs/extending/metric.md are run as they stand there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluators.frames import Frames, Video
from evaluators.metrics import Observation, load_metrics
from lab.tiny_clip import WEIGHTS

GUIDE = Path(__file__).parents[3] / "docs" / "extending" / "metric.md"


@pytest.fixture
def examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the guide's blocks of Python as files."""
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    for name, block in zip(("sharpness", "likeness", "its_test"), blocks, strict=True):
        (tmp_path / f"{name}.py").write_text(block)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def test_a_metric_without_weights(
    examples: Path,
    make_observation: Callable[[Video], Observation],
    make_video: Callable[..., Video],
    texture: Callable[[int, int], Frames],
) -> None:
    [metric] = load_metrics(["sharpness:SHARPNESS"])
    assert metric.measure(make_observation(make_video(texture(32, 32)[None])))["sharpness"] > 1
    names: dict[str, Callable[[], None]] = {}
    exec((examples / "its_test.py").read_text(), names)  # noqa: S102 (our own guide)
    names["test_a_flat_video_has_no_sharpness"]()


def test_a_metric_with_weights(
    examples: Path,
    make_observation: Callable[[Video], Observation],
    make_video: Callable[..., Video],
    texture: Callable[[int, int], Frames],
) -> None:
    np.save(examples / "vector.npy", np.eye(128, dtype=np.float32)[0])
    weights = {"likeness_clip": str(WEIGHTS), "likeness_vector": "vector.npy"}
    [metric] = load_metrics(["likeness:LIKENESS"], weights=weights, device="cpu")
    measured = metric.measure(make_observation(make_video(texture(64, 64)[None])))
    assert -1 <= measured["likeness"] <= 1
    assert metric.requirements == (
        "omiti2v[clip]",
        "weights likeness_clip",
        "weights likeness_vector",
    )
