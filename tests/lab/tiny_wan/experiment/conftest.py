"""Clips that no model made."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from evaluators.world import Scene


@pytest.fixture(scope="session")
def rows_that() -> Callable[..., pd.DataFrame]:
    """Builds rows of which a share, drawn by a seed, did the edit; the others stood still."""

    def build(scenes: Sequence[Scene], share: float, *, seed: int = 0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        rows = []
        for scene in scenes:
            done = bool(rng.random() < share)
            questions = scene.sample.questions
            wanted = [(q.expected_answer if done else q.reference_answer) for q in questions]
            answers = "".join(str(answer)[0] for answer in wanted)
            rows.append((scene.sample.id, answers, float(done), 0.9, float(done), 2.0))
        names = ["sample_id", "answers", "dynamic_degree", "first_frame", "change", "elsewhere"]
        return pd.DataFrame(rows, columns=names).set_index("sample_id")

    return build
