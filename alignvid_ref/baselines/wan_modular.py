"""Wan2.1 I2V as diffusers' modular pipeline, which takes a guider."""

from __future__ import annotations

from typing import Any

from diffusers import WanImage2VideoModularPipeline
from diffusers.modular_pipelines.wan.modular_blocks_wan_i2v import WanImage2VideoAutoBlocks

from omiti2v.errors import UserError


class GuidedWanPipeline(WanImage2VideoModularPipeline):  # type: ignore[misc, unused-ignore]
    """diffusers' modular pipeline, which also runs at scale 1.

    There the one of diffusers 0.42 leaves the negative prompt out and then fails, because it
    returns what it has not made.
    """

    requires_unconditional_embeds = True


def as_modular(pipe: Any) -> Any:
    """A `GuidedWanPipeline` of the parts of a stock one, which are shared and not copied.

    In float32 it gives what the stock one gives. In bfloat16 and float16 it rounds the timesteps to
    that dtype, which the stock one does not.

    It is called with image, prompt, height, width, `num_frames`, `num_inference_steps` and
    `generator`, and `output="videos"` or `"latents"`. Its guider is CFG at 5 at first.

    Args:
        pipe: A `WanImageToVideoPipeline` with an image branch, on its device, with its scheduler.

    Raises:
        UserError: It is another pipeline, or a Wan2.2, which has no image branch.
    """
    transformer = getattr(pipe, "transformer", None)
    branch = getattr(transformer, "config", {}).get("added_kv_proj_dim")
    if not hasattr(pipe, "image_encoder") or branch is None:
        raise UserError(
            f"{type(pipe).__name__}: expected a WanImageToVideoPipeline with an image branch, as "
            "that of Wan2.1; no other is made modular here"
        )
    # diffusers has no types here.
    make_blocks: Any = WanImage2VideoAutoBlocks
    make: Any = GuidedWanPipeline
    blocks = make_blocks()
    loop = blocks.sub_blocks["denoise"].sub_blocks["denoise"]
    # A modular pipeline passes this on to its outermost blocks only.
    loop.set_progress_bar_config(**getattr(pipe, "_progress_bar_config", {}))
    modular = make(blocks)
    names = [name for name in modular.component_names if hasattr(pipe, name)]
    modular.register_components(**{name: getattr(pipe, name) for name in names})
    return modular
