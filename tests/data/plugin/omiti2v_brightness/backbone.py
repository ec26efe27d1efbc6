"""A video model whose weights lie in the package. The test puts random ones there."""

from __future__ import annotations

from pathlib import Path

from alignvid_ref import AlignVidConfig
from alignvid_ref.generation.backbones import Backbone

GLOW = Backbone(
    name="glow",
    summary="a Wan with random weights",
    pipeline="WanImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("wan2.1-i2v", blocks="first-half", evidence="none"),
    height=32,
    width=32,
    fit="exact",
    frames=5,
    fps=8,
    steps=2,
    guidance_scale=1.0,
    packaged=Path(__file__).parent / "weights",
)
