"""FramePack and FramePack F1 with the settings of the AlignVid authors' scripts.

Two things differ besides the seeds: they run without TeaCache, and diffusers' UniPC stands in for
FramePack's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.spec import Backbone, Source
from alignvid_ref.generation.settings import GenerationSettings
from alignvid_ref.recognition import framepack_of

# A section has 9 latent frames, which are 36 frames; the pipeline counts 33, as they overlap.
SECTION, COUNTED = 36, 33

_SIGLIP = ("lllyasviel/flux_redux_bfl", "45b801affc54ff2af4e5daf1b282e0921901db87")


def _parts(hub_id: str, revision: str) -> dict[str, Source]:
    return {
        "pipeline": Source(
            "hunyuanvideo-community/HunyuanVideo", "e8c2aaa66fe3742a32c11a6766aecbf07c56e773"
        ),
        "transformer": Source(
            hub_id, revision, cls="diffusers:HunyuanVideoFramepackTransformer3DModel"
        ),
        "image_encoder": Source(*_SIGLIP, cls="transformers:SiglipVisionModel"),
        "feature_extractor": Source(*_SIGLIP, cls="transformers:SiglipImageProcessor"),
    }


def _sections(pipe: Any, settings: GenerationSettings) -> dict[str, Any]:
    sections = (settings.frames - 1) // SECTION
    return {"num_frames": sections * COUNTED, "sampling_type": settings.sampling}


FRAMEPACK = Backbone(
    name="framepack",
    summary="FramePack with the settings of the AlignVid authors' scripts",
    pipeline="HunyuanVideoFramepackPipeline",
    alignvid=AlignVidConfig.preset("framepack"),
    height=640,
    width=640,
    fit="buckets",
    frames=5 * SECTION + 1,
    frames_per_section=SECTION,
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
    call_arguments=_sections,
    parts=_parts("lllyasviel/FramePackI2V_HY", "86cef4396041b6002c957852daac4c91aaa47c79"),
    for_folders=True,
    weights=lambda name: framepack_of(name) == "framepack",
)
FRAMEPACK_F1 = replace(
    FRAMEPACK,
    name="framepack-f1",
    summary="FramePack F1 with the settings of the AlignVid authors' scripts",
    alignvid=AlignVidConfig.preset("framepack-f1"),
    fps=24,
    sampling="vanilla",
    parts=_parts(
        "lllyasviel/FramePack_F1_I2V_HY_20250503", "ab239828e0b384fed75580f186f078717d4020f7"
    ),
    weights=lambda name: framepack_of(name) == "framepack-f1",
)
