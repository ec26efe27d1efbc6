"""HunyuanVideo and HunyuanVideo 1.5 as the examples in diffusers' documentation run them.

Nobody has measured AlignVid on them. They have no name with weights, because no commit of them
could be checked.
"""

from __future__ import annotations

from typing import Any

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone
from alignvid_ref.generation.settings import GenerationSettings
from omiti2v.errors import UserError

# Dropped from the front where the image is joined to the latents.
DROPPED_FRAMES = 4


def _frames(pipe: Any, settings: GenerationSettings) -> dict[str, int]:
    joined = pipe.transformer.config.image_condition_type == "latent_concat"
    return {"num_frames": settings.frames + (DROPPED_FRAMES if joined else 0)}


def _guided(pipe: Any, settings: GenerationSettings) -> dict[str, None]:
    """The call of version 1.5 takes no guidance, which its guider has, and chooses the size.

    Raises:
        UserError: It would choose another size, or the weights are distilled for no guidance.
    """
    asked = settings.height, settings.width
    made = pipe.video_processor.calculate_default_height_width(*asked, pipe.target_size)
    if made != asked:
        raise UserError(
            f"--height and --width: these weights make {made[0]} x {made[1]} of an image of "
            f"{asked[0]} x {asked[1]}; give --height {made[0]} --width {made[1]}"
        )
    if pipe.guider.guidance_scale == 1 and settings.guidance_scale != 1:
        raise UserError(
            "--guidance-scale: these weights come with a guider of scale 1, as distilled ones do, "
            f"got {settings.guidance_scale:g}; give --guidance-scale 1"
        )
    pipe.guider = pipe.guider.new(guidance_scale=settings.guidance_scale)
    return {"guidance_scale": None, "height": None, "width": None}


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
HUNYUANVIDEO_15 = Backbone(
    name="hunyuanvideo-1.5-i2v",
    summary="settings for folders with a HunyuanVideo 1.5 I2V, from diffusers' documentation",
    pipeline="HunyuanVideo15ImageToVideoPipeline",
    alignvid=AlignVidConfig.preset("hunyuanvideo-1.5-i2v"),
    # What the weights for 480p make of an image of 16:9.
    height=480,
    width=848,
    fit="exact",
    frames=121,
    fps=24,
    steps=50,
    guidance_scale=6.0,
    vae_tiling=True,
    call_arguments=_guided,
    for_folders=True,
)
