"""Figures are drawn from numbers alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import PIL.Image
import pytest

from evaluators.world import Scene
from lab.tiny_wan.experiment import figures
from lab.tiny_wan.experiment.settings import BASELINE, CONTROLS, fixed_settings
from lab.tiny_wan.experiment.statistics import differences, score_clips


@pytest.fixture
def scores(scenes: list[Scene], rows_that: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    rows = differences(None, score_clips([s.sample for s in scenes], [rows_that(scenes, 0.5)]))
    return pd.concat({setting.name: rows for setting in fixed_settings()})


def test_each_figure_is_a_picture(scores: pd.DataFrame, tmp_path: Path) -> None:
    figures.draw_gammas(scores, tmp_path / "gamma.png")
    figures.draw_outcomes(scores, tmp_path / "outcomes.png")
    figures.draw_differences(scores.drop([BASELINE, *CONTROLS]), tmp_path / "differences.png")
    rows = [(gamma, block, 0, 0.5, 0.9) for gamma in (1.0, 2.0) for block in range(2)]
    names = ["gamma", "block", "step", "text_mass", "entropy"]
    figures.draw_attention(pd.DataFrame(rows, columns=names), tmp_path / "attention.png")
    for path in tmp_path.glob("*.png"):
        assert PIL.Image.open(path).width >= 500
