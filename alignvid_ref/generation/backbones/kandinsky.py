"""Kandinsky 5 with the defaults of diffusers' pipeline. Nobody has measured AlignVid on it."""

from __future__ import annotations

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone

KANDINSKY_5 = Backbone(
    name="kandinsky-5-i2v",
    summary="settings for folders with a Kandinsky 5 I2V, the defaults of its pipeline",
    pipeline="Kandinsky5I2VPipeline",
    alignvid=AlignVidConfig.preset("kandinsky-5-i2v"),
    height=512,
    width=768,
    frames=121,
    fps=24,
    steps=50,
    guidance_scale=5.0,
    for_folders=True,
)
