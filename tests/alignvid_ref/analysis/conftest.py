"""Tiny pipelines, each built once and handed out plain."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from tiny_pipelines import BUILDERS, TinyPipeline

from alignvid_ref import AlignVidConfig
from alignvid_ref.analysis import AttentionReport, AttentionRow


@cache
def _built(name: str) -> TinyPipeline:
    tiny = BUILDERS[name]()
    tiny.pipe.set_progress_bar_config(disable=True)
    return tiny


@pytest.fixture
def tiny_of() -> Callable[[str], TinyPipeline]:
    """The tiny pipeline of a preset. Tests leave it as they found it."""
    return _built


@pytest.fixture
def report() -> AttentionReport:
    """Twelve steps of 6 blocks, the first three in the window, sharper under AlignVid there."""
    rows = [
        AttentionRow(
            run=run,
            transformer="transformer",
            block=block,
            trajectory=0,
            step=step,
            timestep=1000.0 - 60 * step,
            in_window=step < 2,
            image_mass=0.6 - 0.02 * block - (0.1 if run == "alignvid" and step < 2 else 0),
            video_mass=0.0,
            text_mass=0.4 + 0.02 * block + (0.1 if run == "alignvid" and step < 2 else 0),
            padding_mass=0.0,
            entropy=0.9 - 0.01 * step - (0.2 if run == "alignvid" and step < 2 else 0),
        )
        for run in ("plain", "alignvid")
        for step in range(12)
        for block in range(6)
    ]
    return AttentionReport(AlignVidConfig.preset("wan2.1-i2v"), tuple(rows))
