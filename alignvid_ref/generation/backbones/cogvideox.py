"""CogVideoX with the settings of its model card. Nobody has measured AlignVid on it."""

from __future__ import annotations

from dataclasses import replace

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone, Source

COGVIDEOX = Backbone(
    name="cogvideox-i2v",
    summary="settings for folders with a CogVideoX I2V, from its model card",
    pipeline="CogVideoXImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("cogvideox-i2v"),
    height=480,
    width=720,
    # Its positions are learned for this one size.
    fit="exact",
    frames=49,
    fps=8,
    steps=50,
    guidance_scale=6.0,
    vae_tiling=True,
    for_folders=True,
)
COGVIDEOX_5B = replace(
    COGVIDEOX,
    name="cogvideox-5b-i2v",
    summary="CogVideoX 5B I2V with the settings of its model card",
    parts={
        "pipeline": Source("THUDM/CogVideoX-5b-I2V", "a6f0f4858a8395e7429d82493864ce92bf73af11")
    },
    for_folders=False,
)
