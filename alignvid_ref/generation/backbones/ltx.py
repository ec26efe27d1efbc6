"""LTX-Video and LTX-2 with the defaults of diffusers' pipelines.

Nobody has measured AlignVid on them. Of what LTX-2 makes, the sound is dropped.
"""

from __future__ import annotations

from dataclasses import replace

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone

LTX = Backbone(
    name="ltx-i2v",
    summary="settings for folders with an LTX-Video, the defaults of its pipeline",
    pipeline="LTXImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("ltx-i2v"),
    height=512,
    width=704,
    frames=161,
    frames_per_section=8,
    fps=25,
    steps=50,
    guidance_scale=3.0,
    multiple=32,
    call_arguments=lambda pipe, settings: {"frame_rate": settings.fps},
    for_folders=True,
)
LTX_2 = replace(
    LTX,
    name="ltx-2-i2v",
    summary="settings for folders with an LTX-2, the defaults of its pipeline; without sound",
    pipeline="LTX2ImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("ltx-2-i2v"),
    width=768,
    frames=121,
    fps=24,
    steps=30,
)
