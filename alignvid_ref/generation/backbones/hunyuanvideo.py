"""HunyuanVideo as the example in diffusers' documentation runs it.

Nobody has measured AlignVid on it. It has no name with weights, because no commit of them could be
checked.
"""

from __future__ import annotations

from typing import Any

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone
from alignvid_ref.generation.settings import GenerationSettings

# Dropped from the front where the image is joined to the latents.
DROPPED_FRAMES = 4


def _frames(pipe: Any, settings: GenerationSettings) -> dict[str, int]:
    joined = pipe.transformer.config.image_condition_type == "latent_concat"
    return {"num_frames": settings.frames + (DROPPED_FRAMES if joined else 0)}


HUNYUANVIDEO = Backbone(
    name="hunyuanvideo-i2v",
    summary="settings for folders with a HunyuanVideo I2V, from diffusers' documentation",
    pipeline="HunyuanVideoImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("hunyuanvideo-i2v"),
    height=720,
    width=1280,
    frames=129,
    fps=15,
    steps=50,
    guidance_scale=6.0,
    vae_tiling=True,
    part_dtypes={"text_encoder": "float16", "text_encoder_2": "float16", "vae": "float16"},
    call_arguments=_frames,
    for_folders=True,
)
