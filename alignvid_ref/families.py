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
    """

    path: str
    block_gated: bool = True


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
        has_image_branch: Tells Wan with image branch from Wan without.
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
# Joint attention over [video, text]; the dual-stream blocks are left alone.
_JOINT = Family(
    name="framepack",
    transformers=("HunyuanVideoFramepackTransformer3DModel",),
    blocks="single_transformer_blocks",
    sites={"key": Site("attn.norm_k")},
)

_ALL = (
    # Two separate softmaxes, over image tokens and over text tokens, share one query.
    replace(
        _WAN,
        name="wan-i2v",
        sites={**_WAN.sites, "image_key": Site("attn2.norm_added_k")},
        has_image_branch=True,
    ),
    _WAN,
    _JOINT,
    replace(_JOINT, name="hunyuan-video", transformers=("HunyuanVideoTransformer3DModel",)),
    Family(
        name="cogvideox",
        transformers=("CogVideoXTransformer3DModel",),
        blocks="transformer_blocks",
        sites={"key": Site("attn1.norm_k")},
    ),
    Family(
        name="ltx",
        transformers=("LTXVideoTransformer3DModel",),
        blocks="transformer_blocks",
        sites={"query": Site("attn2.norm_q"), "text_key": Site("attn2.norm_k")},
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
