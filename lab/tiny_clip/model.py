"""The tiny CLIP as open_clip builds, saves and loads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file

from lab.tiny_clip.tokens import CONTEXT, build_tokenizer

SIDE = 64
WIDTH = 128
MEAN = STD = (0.5, 0.5, 0.5)

PREPROCESSING: Mapping[str, object] = {
    "size": [SIDE, SIDE],
    "mode": "RGB",
    "mean": list(MEAN),
    "std": list(STD),
    "interpolation": "bicubic",
    "resize_mode": "shortest",
}


def model_config() -> dict[str, object]:
    """What open_clip builds the model from: the `model_cfg` of an `open_clip_config.json`."""
    return {
        "embed_dim": WIDTH,
        "vision_cfg": {
            "image_size": SIDE,
            "patch_size": 8,
            "width": WIDTH,
            "head_width": 32,
            "layers": 3,
        },
        "text_cfg": {
            "context_length": CONTEXT,
            "vocab_size": len(build_tokenizer()),
            # Any name: where the model is a folder, open_clip takes the tokenizer in that folder.
            "hf_tokenizer_name": "tiny-clip",
            "width": 96,
            "heads": 3,
            "layers": 3,
        },
    }


def build_model() -> open_clip.CLIP:
    """The model with random weights, drawn by PyTorch's own seed."""
    return open_clip.CLIP(**model_config())


def save(folder: Path, model: open_clip.CLIP) -> None:
    """Write a folder that `open_clip.create_model_from_pretrained("local-dir:...")` loads.

    Args:
        folder: Made where absent.
        model: The trained model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_cfg": model_config(), "preprocess_cfg": dict(PREPROCESSING)}
    (folder / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n")
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, path := folder / "open_clip_model.safetensors")
    # safetensors lets only the owner read what it writes.
    path.chmod(0o644)
    build_tokenizer().save_pretrained(folder)


def as_input(frames: torch.Tensor) -> torch.Tensor:
    """Frames of the model's own size as it wants them.

    Args:
        frames: Shape (n, 64, 64, 3), uint8.

    Returns:
        Shape (n, 3, 64, 64), float, about -1 to 1.
    """
    mean, std = torch.tensor(MEAN), torch.tensor(STD)
    return ((frames.float() / 255 - mean) / std).permute(0, 3, 1, 2)
