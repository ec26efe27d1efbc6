"""An untrained tiny Wan, scenes, and rows that no model made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluators.world import Scene, make_scenes
from lab.tiny_wan.clips import SETTINGS
from lab.tiny_wan.experiment.rows import Row
from lab.tiny_wan.parts import load_pipeline


@pytest.fixture(scope="session")
def pipe(model_folder: Path) -> Any:
    return load_pipeline(model_folder)


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    return make_scenes(12, seed=5, settings=SETTINGS)


@pytest.fixture(scope="session")
def rows_that() -> Callable[..., list[Row]]:
    """Builds rows of which a share, drawn by a seed, did the edit; the others stood still."""

    def build(scenes: Sequence[Scene], share: float, *, seed: int = 0) -> list[Row]:
        rng = np.random.default_rng(seed)
        rows = []
        for scene in scenes:
            done = bool(rng.random() < share)
            questions = scene.sample.questions
            wanted = [(q.expected_answer if done else q.reference_answer) for q in questions]
            answers = "".join(str(answer)[0] for answer in wanted)
            rows.append(Row(scene.sample.id, answers, float(done), 0.9, float(done), 2.0))
        return rows

    return build
