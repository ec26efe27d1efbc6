"""The video models that are known: where their weights are and how they are run. No torch.

The settings of `wan2.1-i2v-14b-480p`, `framepack` and `framepack-f1` are those of the AlignVid
authors' scripts, with three differences: each sample has its own seed where they give all the same,
FramePack runs without TeaCache, and diffusers' UniPC stands in for FramePack's own. The others are
not the AlignVid authors' models: Wan2.2 and CogVideoX run as their model cards say, HunyuanVideo as
the example in diffusers' documentation does, LTX with the defaults of its pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from alignvid_ref.generation.pictures import Fit
from omiti2v.errors import UserError

Dtype = Literal["float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Source:
    """A repository of weights on the hub, at one commit."""

    hub_id: str
    revision: str

    def __str__(self) -> str:
        return f"{self.hub_id}@{self.revision}"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A video model.

    Attributes:
        name: As given to `--backbone` or `--preset`.
        pipeline: Class name of its diffusers pipeline.
        alignvid: The AlignVid preset for it.
        alignvid_changes: Fields of the preset that are not right for it.
        height, width, fit, frames, fps, steps, guidance_scale, solver, flow_shift, sampling,
            vae_tiling, seed: See `GenerationSettings`.
        frames_per_section: Videos have this times n plus one frames.
        multiple: What the sides of a video must be a multiple of.
        part_dtypes: Parts that have a type of their own unless all is float32.
        parts: Where each part is; `pipeline` for all that is not named. Empty for a folder.
        packaged: Folder in the package `alignvid_ref` that holds the pipeline; None elsewhere.
    """

    name: str
    pipeline: str
    alignvid: str
    alignvid_changes: Mapping[str, Any] = field(default_factory=dict)
    height: int
    width: int
    fit: Fit = "area"
    frames: int
    fps: int
    steps: int
    guidance_scale: float
    solver: Literal["own", "unipc-bh1", "unipc-bh2"] = "own"
    flow_shift: float | None = None
    sampling: Literal["inverted_anti_drifting", "vanilla"] | None = None
    vae_tiling: bool = False
    seed: int = 0
    frames_per_section: int = 4
    multiple: int = 16
    part_dtypes: Mapping[str, Dtype] = field(default_factory=dict)
    parts: Mapping[str, Source] = field(default_factory=dict)
    packaged: str | None = None


_WAN = Backbone(
    name="wan2.1-i2v",
    pipeline="WanImageToVideoPipeline",
    alignvid="wan2.1-i2v",
    height=480,
    width=832,
    frames=81,
    fps=16,
    steps=40,
    guidance_scale=1.0,
    solver="unipc-bh2",
    flow_shift=3.0,
    part_dtypes={"vae": "float32", "image_encoder": "float32"},
)
_FRAMEPACK = Backbone(
    name="framepack",
    pipeline="HunyuanVideoFramepackPipeline",
    alignvid="framepack",
    height=640,
    width=640,
    fit="buckets",
    # Five sections of 9 latent frames, which are 36 frames, and the first frame.
    frames=181,
    frames_per_section=36,
    fps=30,
    steps=25,
    guidance_scale=10.0,
    # The shift follows from the size, up to 7; the pipeline computes it.
    solver="unipc-bh1",
    sampling="inverted_anti_drifting",
    vae_tiling=True,
    seed=31337,
    part_dtypes={
        "text_encoder": "float16",
        "text_encoder_2": "float16",
        "image_encoder": "float16",
        "vae": "float16",
    },
)
_FRAMEPACK_F1 = replace(
    _FRAMEPACK, name="framepack-f1", alignvid="framepack-f1", fps=24, sampling="vanilla"
)

_WAN22 = replace(
    _WAN,
    name="wan2.2-i2v",
    alignvid="wan2.2-i2v",
    guidance_scale=3.5,
    solver="own",
    flow_shift=None,
)
_COGVIDEOX = Backbone(
    name="cogvideox-i2v",
    pipeline="CogVideoXImageToVideoPipeline",
    alignvid="cogvideox-i2v",
    height=480,
    width=720,
    # Its positions are learned for this one size.
    fit="exact",
    frames=49,
    fps=8,
    steps=50,
    guidance_scale=6.0,
    vae_tiling=True,
)

_TINY_WAN = Backbone(
    name="tiny-wan",
    pipeline="WanImageToVideoPipeline",
    alignvid="wan2.1-i2v",
    # The authors' blocks are those of a model of 40.
    alignvid_changes={"blocks": "first-half", "evidence": "none"},
    height=64,
    width=64,
    fit="exact",
    frames=9,
    fps=8,
    steps=12,
    guidance_scale=1.0,
)

# For folders, by the class of their pipeline, of which the first is taken: nobody has measured
# AlignVid on Wan2.2, LTX, HunyuanVideo and CogVideoX.
PRESETS: Mapping[str, Backbone] = MappingProxyType(
    {
        backbone.name: backbone
        for backbone in (
            _WAN,
            _FRAMEPACK,
            _FRAMEPACK_F1,
            _WAN22,
            Backbone(
                name="ltx-i2v",
                pipeline="LTXImageToVideoPipeline",
                alignvid="ltx-i2v",
                height=512,
                width=704,
                frames=161,
                frames_per_section=8,
                fps=25,
                steps=50,
                guidance_scale=3.0,
                multiple=32,
            ),
            Backbone(
                name="hunyuanvideo-i2v",
                pipeline="HunyuanVideoImageToVideoPipeline",
                alignvid="hunyuanvideo-i2v",
                height=720,
                width=1280,
                frames=129,
                fps=15,
                steps=50,
                guidance_scale=6.0,
                vae_tiling=True,
                part_dtypes={
                    "text_encoder": "float16",
                    "text_encoder_2": "float16",
                    "vae": "float16",
                },
            ),
            _COGVIDEOX,
            _TINY_WAN,
        )
    }
)

_HUNYUAN = Source("hunyuanvideo-community/HunyuanVideo", "e8c2aaa66fe3742a32c11a6766aecbf07c56e773")
_SIGLIP = Source("lllyasviel/flux_redux_bfl", "45b801affc54ff2af4e5daf1b282e0921901db87")


def _with_framepack_parts(backbone: Backbone, transformer: Source) -> Backbone:
    parts = {
        "pipeline": _HUNYUAN,
        "transformer": transformer,
        "image_encoder": _SIGLIP,
        "feature_extractor": _SIGLIP,
    }
    return replace(backbone, parts=parts)


# On the hub or in this package, by the name that `--backbone` takes.
BACKBONES: Mapping[str, Backbone] = MappingProxyType(
    {
        "wan2.1-i2v-14b-480p": replace(
            _WAN,
            name="wan2.1-i2v-14b-480p",
            parts={
                "pipeline": Source(
                    "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers",
                    "b184e23a8a16b20f108f727c902e769e873ffc73",
                )
            },
        ),
        "framepack": _with_framepack_parts(
            _FRAMEPACK,
            Source("lllyasviel/FramePackI2V_HY", "86cef4396041b6002c957852daac4c91aaa47c79"),
        ),
        "framepack-f1": _with_framepack_parts(
            _FRAMEPACK_F1,
            Source(
                "lllyasviel/FramePack_F1_I2V_HY_20250503",
                "ab239828e0b384fed75580f186f078717d4020f7",
            ),
        ),
        "wan2.2-i2v-a14b": replace(
            _WAN22,
            name="wan2.2-i2v-a14b",
            parts={
                "pipeline": Source(
                    "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
                    "596658fd9ca6b7b71d5057529bbf319ecbc61d74",
                )
            },
        ),
        "cogvideox-5b-i2v": replace(
            _COGVIDEOX,
            name="cogvideox-5b-i2v",
            parts={
                "pipeline": Source(
                    "THUDM/CogVideoX-5b-I2V", "a6f0f4858a8395e7429d82493864ce92bf73af11"
                )
            },
        ),
        "tiny-wan": replace(_TINY_WAN, packaged="tiny_wan/weights"),
    }
)


def preset_named(name: str) -> Backbone:
    """The preset of that name.

    Raises:
        UserError: There is none.
    """
    if name not in PRESETS:
        raise UserError(f"--preset: expected one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]


def preset_for(pipeline: str, *, has_image_branch: bool) -> Backbone:
    """The preset for a folder.

    Args:
        pipeline: Class name of the pipeline that it was saved from.
        has_image_branch: Whether the transformer attends to image tokens, as Wan2.1 does and Wan2.2
            does not.

    Raises:
        UserError: There is none.
    """
    for backbone in PRESETS.values():
        if backbone.pipeline == pipeline:
            if backbone is _WAN and not has_image_branch:
                return PRESETS["wan2.2-i2v"]
            return backbone
    known = sorted({backbone.pipeline for backbone in PRESETS.values()})
    raise UserError(f"pipeline {pipeline}: not known here; there are {', '.join(known)}")
