"""A tiny Wan that knows rendered shapes only; it comes with the package and runs on a CPU."""

from __future__ import annotations

from pathlib import Path

import alignvid_ref
from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone

TINY_WAN = Backbone(
    name="tiny-wan",
    summary="a tiny Wan that draws rendered shapes, on a CPU",
    pipeline="WanImageToVideoPipeline",
    # The authors' blocks are those of a model of 40.
    alignvid=AlignVidConfig.preset("wan2.1-i2v", blocks="first-half", evidence="none"),
    height=64,
    width=64,
    fit="exact",
    frames=9,
    fps=8,
    steps=12,
    guidance_scale=1.0,
    requires=("ftfy",),
    packaged=Path(alignvid_ref.__file__).parent / "tiny_wan" / "weights",
)
