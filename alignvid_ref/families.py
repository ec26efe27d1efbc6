"""Where each family of transformers can be scaled. Imports no torch.

A *site* is one QK-norm module inside an attention block. Scaling has to happen after that norm:
RMSNorm and LayerNorm cancel any factor applied to `to_q` or `to_k`, and nothing complains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType


@dataclass(frozen=True)
class Site:
    """One norm module of a block.

    Attributes:
        path: Dotted path from the block to the norm module.
        block_gated: False where the site ignores the block list and acts in every block.
        branch: For blocks in a branch of their own: the attribute that lists them, and the entry of
            the transformer's configuration that says beside which block each stands. One acts
            where the block beside it does.
    """

    path: str
    block_gated: bool = True
    branch: tuple[str, str] | None = None


@dataclass(frozen=True)
class Family:
    """One kind of transformer: its blocks, its sites and the unit of its timesteps.

    Attributes:
        name: The value of `AlignVidConfig.family`.
        transformers: Class names of the diffusers transformers that belong to it.
        blocks: Attribute of the transformer that lists the blocks that indices count.
        sites: Site name -> where it is.
        timestep_unit: The `timestep` argument that means pure noise: 1000 or 1.
        image_branch: Module that every block has where `has_image_branch`, and none where not; None
            where the class name alone tells the family.
        has_image_branch: Tells Wan and SkyReels-V2 with image branch from those without.
    """

    name: str
    transformers: tuple[str, ...]
    blocks: str
    sites: Mapping[str, Site] = field(default_factory=dict)
    timestep_unit: float = 1000.0
    image_branch: str | None = None
    has_image_branch: bool = False


_WAN = Family(
    name="wan",
    transformers=("WanTransformer3DModel",),
    blocks="blocks",
    sites={
        "query": Site("attn2.norm_q"),
        "text_key": Site("attn2.norm_k"),
        "self_key": Site("attn1.norm_k", block_gated=False),
    },
    image_branch="attn2.norm_added_k",
)
# Two separate softmaxes, over image tokens and over text tokens, share one query.
_WAN_I2V = replace(
    _WAN,
    name="wan-i2v",
    sites={**_WAN.sites, "image_key": Site("attn2.norm_added_k")},
    has_image_branch=True,
)
# Joint attention over [video, text]; the dual-stream blocks are left alone.
_JOINT = Family(
    name="framepack",
    transformers=("HunyuanVideoFramepackTransformer3DModel",),
    blocks="single_transformer_blocks",
    sites={"key": Site("attn.norm_k")},
)
_LTX = Family(
    name="ltx",
    transformers=("LTXVideoTransformer3DModel",),
    blocks="transformer_blocks",
    sites={"query": Site("attn2.norm_q"), "text_key": Site("attn2.norm_k")},
)

_ALL = (
    _WAN_I2V,
    _WAN,
    # Each control block is a copy of a block, with an attention to the text of its own.
    replace(
        _WAN,
        name="wan-vace",
        transformers=("WanVACETransformer3DModel",),
        sites={
            **_WAN.sites,
            "control_text_key": Site("attn2.norm_k", branch=("vace_blocks", "vace_layers")),
        },
        image_branch=None,
    ),
    replace(_WAN_I2V, name="skyreels-v2-i2v", transformers=("SkyReelsV2Transformer3DModel",)),
    _JOINT,
    replace(_JOINT, name="hunyuan-video", transformers=("HunyuanVideoTransformer3DModel",)),
    # Dual-stream blocks only. Among the tokens of the text are those of the image encoder and ByT5.
    Family(
        name="hunyuan-video-1.5",
        transformers=("HunyuanVideo15Transformer3DModel",),
        blocks="transformer_blocks",
        sites={"video_key": Site("attn.norm_k"), "text_key": Site("attn.norm_added_k")},
    ),
    Family(
        name="cogvideox",
        transformers=("CogVideoXTransformer3DModel",),
        blocks="transformer_blocks",
        sites={"key": Site("attn1.norm_k")},
    ),
    _LTX,
    # Audio has attentions of its own, to the text and to the video; these are left alone, because
    # it is the video that is to follow the text.
    replace(_LTX, name="ltx-2", transformers=("LTX2VideoTransformer3DModel",)),
    Family(
        name="kandinsky-5",
        transformers=("Kandinsky5Transformer3DModel",),
        blocks="visual_transformer_blocks",
        sites={
            "query": Site("cross_attention.query_norm"),
            "text_key": Site("cross_attention.key_norm"),
        },
    ),
    replace(_JOINT, name="flux", transformers=("FluxTransformer2DModel",), timestep_unit=1.0),
    # Dual-stream blocks only: image and text keys have a norm each.
    Family(
        name="qwen-image",
        transformers=("QwenImageTransformer2DModel",),
        blocks="transformer_blocks",
        sites={"image_key": Site("attn.norm_k"), "text_key": Site("attn.norm_added_k")},
        timestep_unit=1.0,
    ),
)

FAMILIES: Mapping[str, Family] = MappingProxyType({family.name: family for family in _ALL})
