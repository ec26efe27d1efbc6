"""The parts of the tiny Wan pipeline: stock classes of diffusers and transformers, untrained.

Their sizes are those of the configurations that the package has beside its weights.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanTransformer3DModel,
)
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModel,
    PreTrainedTokenizerFast,
    UMT5Config,
    UMT5EncoderModel,
)

from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN

SIDE, FRAMES, FPS = 64, 9, 8
LATENT_CHANNELS = 8
FRAMES_PER_LATENT = 4
FLOW_SHIFT = 3.0
TRAIN_TIMESTEPS = 1000
IMAGE_MEAN = IMAGE_STD = (0.5, 0.5, 0.5)

CONFIGURATIONS = TINY_WAN.packaged or Path()


def build_vae() -> Any:
    """An autoencoder from clips 64x64x9 to latents 16x16x3.

    Latents of 8x8 would be as many tokens for the transformer; tried first, they left small shapes
    blurred: the tiny judge answered 81 % right, against 97 % with these.
    """
    config: Any = AutoencoderKLWan.load_config(CONFIGURATIONS / "vae")
    config.pop("_name_or_path")
    unscaled = {"latents_mean": [0.0] * LATENT_CHANNELS, "latents_std": [1.0] * LATENT_CHANNELS}
    return AutoencoderKLWan.from_config(config | unscaled)  # type: ignore[no-untyped-call]


def build_transformer() -> Any:
    """Wan2.1's image-to-video form: cross-attention over image tokens and over text tokens.

    A token is 4x4 latents, 16x16 pixels: a clip is 3x4x4 of them.
    """
    config = WanTransformer3DModel.load_config(CONFIGURATIONS / "transformer")
    return WanTransformer3DModel.from_config(config)  # type: ignore[no-untyped-call]


def build_text_encoder() -> UMT5EncoderModel:
    """A UMT5 encoder of two layers for the words of the tiny Wan's tokenizer."""
    return UMT5EncoderModel(UMT5Config.from_pretrained(CONFIGURATIONS / "text_encoder"))


def build_image_encoder() -> CLIPVisionModel:
    """A CLIP vision tower; the pipeline takes the states before the last of its three layers."""
    return CLIPVisionModel(CLIPVisionConfig.from_pretrained(CONFIGURATIONS / "image_encoder"))


def build_pipeline(
    *,
    tokenizer: PreTrainedTokenizerFast,
    vae: Any,
    transformer: Any,
    text_encoder: UMT5EncoderModel,
    image_encoder: CLIPVisionModel,
) -> Any:
    """The `WanImageToVideoPipeline` of these parts, with Wan's solver."""
    pipe: Any = WanImageToVideoPipeline(  # type: ignore[no-untyped-call]
        tokenizer=tokenizer,
        vae=vae,
        transformer=transformer,
        text_encoder=text_encoder,
        image_encoder=image_encoder,
        image_processor=CLIPImageProcessor.from_pretrained(CONFIGURATIONS / "image_processor"),
        scheduler=UniPCMultistepScheduler.from_pretrained(CONFIGURATIONS / "scheduler"),  # type: ignore[no-untyped-call]
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def save_pipeline(folder: Path, pipe: Any) -> None:
    """Write a folder that `WanImageToVideoPipeline.from_pretrained` loads; safetensors only."""
    pipe.save_pretrained(folder, safe_serialization=True)
    for path in folder.rglob("*.safetensors"):
        # safetensors lets only the owner read what it writes.
        path.chmod(0o644)


def load_vae(folder: Path) -> Any:
    """A trained autoencoder, in float32, to be run only."""
    vae: Any = AutoencoderKLWan.from_pretrained(  # type: ignore[no-untyped-call]
        folder, use_safetensors=True, local_files_only=True, torch_dtype=torch.float32
    )
    vae.register_to_config(_name_or_path=folder.name)  # it is saved: not the path on this machine
    return vae.eval().requires_grad_(False)


def load_pipeline(folder: Path) -> Any:
    """A saved `WanImageToVideoPipeline`, through its own class."""
    pipe: Any = WanImageToVideoPipeline.from_pretrained(  # type: ignore[no-untyped-call]
        folder, use_safetensors=True, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe
