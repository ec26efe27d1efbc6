"""Checkpoints with random weights from the small files that a released one ships.

The files (config, tokenizer, processor, chat template) stay as they are; only the weights, which
are not there, are drawn at random. In the tiny size the config's layers and widths are cut too:
vocabulary and special tokens stay, so that every token is the released model's.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import torch
from transformers import AutoConfig, AutoModelForImageTextToText

Size = Literal["tiny", "full"]

_TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_window_layers": 2,
}
_VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
_TINY: dict[str, dict[str, dict[str, Any]]] = {
    "qwen2_5_vl": {
        "": {**_TEXT, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}},
        "vision_config": {
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
        },
    },
    "qwen3_vl": {
        "text_config": {
            **_TEXT,
            "head_dim": 16,
            "rope_scaling": {
                "mrope_interleaved": True,
                "mrope_section": [3, 3, 2],
                "rope_type": "default",
            },
        },
        "vision_config": {
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 64,
            "deepstack_visual_indexes": [0, 1],
        },
    },
    "internvl": {"text_config": _TEXT, "vision_config": _VISION},
    "llava_onevision": {"text_config": _TEXT, "vision_config": _VISION},
    "smolvlm": {"text_config": {**_TEXT, "head_dim": 16}, "vision_config": _VISION},
}
"""By model type, what the tiny size has in each part of the config; "" is the whole."""


def random_checkpoint(
    files: Path,
    folder: Path,
    *,
    size: Size = "tiny",
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
    spread: float = 1.0,
    shard: str = "5GB",
    seed: int = 0,
) -> Path:
    """Write a checkpoint with random weights beside a release's small files.

    Args:
        files: The release's folder: `config.json`, tokenizer, processor, chat template.
        folder: Where the checkpoint goes; made here.
        size: "tiny" cuts layers and widths; "full" keeps the config as it is.
        dtype: Float type of the weights.
        device: Where they are drawn.
        spread: The output layer is multiplied by it: larger makes the next token less uniform.
        shard: Largest size of a file of weights.
        seed: Of the weights.

    Returns:
        `folder`.

    Raises:
        KeyError: The tiny size of this model type is not known.
    """
    shutil.copytree(files, folder, ignore=shutil.ignore_patterns("SOURCE.md", "*.resaved.json"))
    folder.chmod(0o755)
    for path in folder.iterdir():
        path.chmod(0o644)
    config = json.loads((files / "config.json").read_text())
    if size == "tiny":
        config = cut(config)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    torch.manual_seed(seed)
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(
            AutoConfig.from_pretrained(folder, local_files_only=True), dtype=dtype
        )
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(spread)
    with TemporaryDirectory(dir=folder.parent) as saved:
        # What it writes beside the weights is of today's library, not of the release.
        model.save_pretrained(saved, max_shard_size=shard)
        for path in Path(saved).glob("model*.safetensors*"):
            shutil.move(path, folder / path.name)
    return folder


def cut(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config with few layers and narrow ones, all else kept.

    Raises:
        KeyError: The tiny size of this model type is not known.
    """
    tiny = dict(config)
    for part, changes in _TINY[config["model_type"]].items():
        if part:
            tiny[part] = {**config[part], **changes}
        else:
            tiny |= changes
    return tiny
