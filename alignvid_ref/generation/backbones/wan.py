"""Wan2.1 with the settings of the AlignVid authors' scripts, its relatives with those of their own.

Each sample has its own seed, where the authors give all the same.
"""

from __future__ import annotations

import re
from dataclasses import replace

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone, Source

WAN21 = Backbone(
    name="wan2.1-i2v",
    summary="settings for folders with a Wan2.1 I2V: size and length of the AlignVid authors",
    pipeline="WanImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("wan2.1-i2v", evidence="none"),
    height=480,
    width=832,
    frames=81,
    fps=16,
    steps=40,
    guidance_scale=1.0,
    part_dtypes={"vae": "float32", "image_encoder": "float32"},
    requires=("ftfy",),
    for_folders=True,
    image_branch=True,
)
WAN21_14B_480P = replace(
    WAN21,
    name="wan2.1-i2v-14b-480p",
    summary="Wan2.1 I2V 14B at 480p with the settings of the AlignVid authors' scripts",
    alignvid=AlignVidConfig.preset("wan2.1-i2v"),
    solver="unipc-bh2",
    flow_shift=3.0,
    parts={
        "pipeline": Source(
            "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers", "b184e23a8a16b20f108f727c902e769e873ffc73"
        )
    },
    weights=lambda name: name.removesuffix("-diffusers") == "wan2.1-i2v-14b-480p",
)
WAN21_720P = replace(
    WAN21,
    name="wan2.1-i2v-720p",
    summary="settings for folders with a Wan2.1 I2V for 720p, from its model card",
    height=720,
    width=1280,
    guidance_scale=5.0,
    weights=lambda name: "720p" in re.split(r"[^a-z0-9]+", name),
)
# Nobody has measured AlignVid on it.
WAN22 = replace(
    WAN21,
    name="wan2.2-i2v",
    summary="settings for folders with a Wan2.2 I2V, from its model card",
    alignvid=AlignVidConfig.preset("wan2.2-i2v"),
    guidance_scale=3.5,
    image_branch=False,
)
WAN22_A14B = replace(
    WAN22,
    name="wan2.2-i2v-a14b",
    summary="Wan2.2 I2V A14B with the settings of its model card",
    parts={
        "pipeline": Source(
            "Wan-AI/Wan2.2-I2V-A14B-Diffusers", "596658fd9ca6b7b71d5057529bbf319ecbc61d74"
        )
    },
    for_folders=False,
)
# Its weights are saved as text to video and make image to video too; the name tells, because one
# of Wan2.1 for text to video that is saved so takes no image.
WAN22_TI2V_5B = replace(
    WAN22,
    name="wan2.2-ti2v-5b",
    summary="settings for folders with a Wan2.2 TI2V 5B, from its model card",
    height=704,
    width=1280,
    frames=121,
    fps=24,
    steps=50,
    guidance_scale=5.0,
    multiple=32,
    image_branch=None,
    saved_as="WanPipeline",
    weights=lambda name: "ti2v" in re.split(r"[^a-z0-9]+", name),
)
SKYREELS_V2 = replace(
    WAN21,
    name="skyreels-v2-i2v",
    summary="settings for folders with a SkyReels-V2 I2V, from diffusers' documentation",
    pipeline="SkyReelsV2ImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("skyreels-v2-i2v"),
    height=544,
    width=960,
    frames=97,
    fps=24,
    steps=50,
    guidance_scale=5.0,
    solver="unipc-bh2",
    flow_shift=5.0,
)
