"""The tiny CLIP as open_clip builds, saves and loads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file

from lab.tiny_clip import WEIGHTS
from lab.tiny_clip.tokens import build_tokenizer

SIDE = 64
WIDTH = 128
MEAN = STD = (0.5, 0.5, 0.5)
CONFIGURATION = WEIGHTS / "open_clip_config.json"


def model_config() -> dict[str, Any]:
    """What open_clip builds the model from; the tokenizer's name in it may be any, as open_clip
    takes that of the model's folder.
    """
    config: dict[str, Any] = json.loads(CONFIGURATION.read_text())["model_cfg"]
    return config


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
    (folder / CONFIGURATION.name).write_text(CONFIGURATION.read_text())
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
