"""Presets of AlignVid: the authors' four, and our transfer of their recipe to other models.

`evidence="paper"` settings act exactly as the authors' code does on that model. `evidence="none"`
settings carry the recipe over (keys after the norm, first half of the blocks, t > 900, gamma 1.35)
and have been measured by nobody. Imports no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from omiti2v.errors import UserError

Evidence = Literal["paper", "none"]
Blocks = tuple[int, ...] | Literal["first-half"] | None

# fmt: off
# The authors' foreground blocks, each list measured on one model of 40 (single-stream) blocks.
_WAN_14B = (
    0, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 25, 26, 27, 28, 29, 30, 31, 32,
    37, 38,
)
_FRAMEPACK = (
    0, 2, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27, 31, 33,
)
_FRAMEPACK_F1 = (
    0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 18, 19, 20, 23, 25, 29, 32, 36, 37, 38, 39,
)
# fmt: on


@dataclass(frozen=True)
class Preset:
    """A named AlignVid config that gets its gamma and window elsewhere.

    Attributes:
        family: The family of transformers it is for.
        forms: Form name -> sites; the first is the default.
        blocks: The block list.
        evidence: `paper` or `none`.
        pipelines: Class names of the diffusers pipelines it is for.
    """

    family: str
    forms: Mapping[str, Mapping[str, int]]
    blocks: Blocks = "first-half"
    evidence: Evidence = "none"
    pipelines: tuple[str, ...] = ()


# The authors scale the query for the image branch and reuse it in the text branch, whose key is
# scaled too: image logits gamma, text logits gamma squared.
_IMAGE_BRANCH = {
    "authors": {"query": 1, "text_key": 1},
    "keys": {"image_key": 1, "text_key": 2},
    "decoupled": {"image_key": 1, "text_key": 1},
}
_KEYS = {"default": {"key": 1}}
_TEXT_KEYS = {"default": {"text_key": 1}}
_IMAGE_TEXT_KEYS = {"default": {"image_key": 1, "text_key": 1}}
_FRAMEPACK_PIPELINE = ("HunyuanVideoFramepackPipeline",)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "wan2.1-i2v": Preset(
            family="wan-i2v",
            forms=_IMAGE_BRANCH,
            blocks=_WAN_14B,
            evidence="paper",
            pipelines=("WanImageToVideoPipeline", "WanImage2VideoModularPipeline"),
        ),
        "wan2.1-t2v": Preset("wan", _TEXT_KEYS, _WAN_14B, "paper", ("WanPipeline",)),
        "framepack": Preset("framepack", _KEYS, _FRAMEPACK, "paper", _FRAMEPACK_PIPELINE),
        "framepack-f1": Preset("framepack", _KEYS, _FRAMEPACK_F1, "paper", _FRAMEPACK_PIPELINE),
        "wan2.2-i2v": Preset("wan", _TEXT_KEYS, pipelines=("WanImageToVideoPipeline",)),
        "wan-vace": Preset(
            "wan-vace",
            {"default": {"text_key": 1, "control_text_key": 1}},
            pipelines=("WanVACEPipeline",),
        ),
        "skyreels-v2-i2v": Preset(
            "skyreels-v2-i2v", _IMAGE_BRANCH, pipelines=("SkyReelsV2ImageToVideoPipeline",)
        ),
        "hunyuanvideo-i2v": Preset(
            "hunyuan-video", _KEYS, pipelines=("HunyuanVideoImageToVideoPipeline",)
        ),
        "hunyuanvideo-1.5-i2v": Preset(
            "hunyuan-video-1.5",
            {"default": {"video_key": 1, "text_key": 1}},
            pipelines=("HunyuanVideo15ImageToVideoPipeline",),
        ),
        "cogvideox-i2v": Preset("cogvideox", _KEYS, pipelines=("CogVideoXImageToVideoPipeline",)),
        "ltx-i2v": Preset(
            "ltx", _TEXT_KEYS, pipelines=("LTXImageToVideoPipeline", "LTXConditionPipeline")
        ),
        "ltx-2-i2v": Preset(
            "ltx-2", _TEXT_KEYS, pipelines=("LTX2ImageToVideoPipeline", "LTX2ConditionPipeline")
        ),
        "kandinsky-5-i2v": Preset("kandinsky-5", _TEXT_KEYS, pipelines=("Kandinsky5I2VPipeline",)),
        "flux": Preset("flux", _KEYS, pipelines=("FluxPipeline",)),
        "flux-kontext": Preset("flux", _KEYS, pipelines=("FluxKontextPipeline",)),
        "qwen-image": Preset("qwen-image", _IMAGE_TEXT_KEYS, pipelines=("QwenImagePipeline",)),
        "qwen-image-edit": Preset(
            "qwen-image",
            _IMAGE_TEXT_KEYS,
            pipelines=("QwenImageEditPipeline", "QwenImageEditPlusPipeline"),
        ),
    }
)


def preset_fields(name: str, *, form: str | None = None) -> dict[str, Any]:
    """The fields of an `AlignVidConfig` that a preset sets; see `AlignVidConfig.preset`.

    Raises:
        UserError: No such preset or form.
    """
    if name not in PRESETS:
        raise UserError(f"preset: expected one of {', '.join(PRESETS)}, got {name!r}")
    chosen = PRESETS[name]
    form = next(iter(chosen.forms)) if form is None else form
    if form not in chosen.forms:
        raise UserError(f"form: {name} has {', '.join(chosen.forms)}, got {form!r}")
    return {
        "family": chosen.family,
        "sites": chosen.forms[form],
        "blocks": chosen.blocks,
        "evidence": chosen.evidence,
    }
