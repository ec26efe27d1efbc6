"""What a transformer's pass costs, from configurations and file headers. No weights are loaded."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alignvid_ref.generation.settings import GenerationSettings
from omiti2v.errors import UserError, one_line
from omiti2v.model_files import read_json_object

logger = logging.getLogger(__name__)


def video_tokens(
    transformer: Mapping[str, Any],
    compression: tuple[int, int] | None,
    settings: GenerationSettings,
) -> int | None:
    """Tokens of a video of the nominal size in its transformer; None where that can't be told.

    Args:
        transformer: Its configuration.
        compression: Frames and pixels along a side that the VAE makes one of; the first frame is
            one alone.
        settings: Say size and length.
    """
    patch = transformer.get("patch_size")
    if isinstance(patch, int):
        patch = (transformer.get("patch_size_t") or 1, patch, patch)
    if compression is None or not isinstance(patch, list | tuple) or len(patch) != 3:
        return None
    time, side = compression
    frames = (settings.frames - 1) // time + 1
    numbers = (frames, settings.height // side, settings.width // side)
    return math.prod(length // int(size) for length, size in zip(numbers, patch, strict=True))


def forward_flops(
    transformer: Mapping[str, Any], parameters: int, tokens: int | None
) -> int | None:
    """Floating-point operations of one pass of a transformer, about.

    2 P N + 4 L N^2 d: with P parameters each token costs a multiplication and an addition for each,
    and in each of L blocks of width d its query meets N keys and its weights N values, two
    operations a number. Text tokens are left out, and so is what other models of the pipeline take.

    Args:
        transformer: Its configuration: number of blocks, heads and their width.
        parameters: P.
        tokens: N.

    Returns:
        None where the configuration does not tell.
    """
    names = ("num_attention_heads", "attention_head_dim", "num_layers", "num_single_layers")
    heads, head, double, single = (int(transformer.get(name) or 0) for name in names)
    width, layers = heads * head, double + single
    if not (tokens and parameters and width and layers):
        return None
    return 2 * parameters * tokens + 4 * layers * tokens**2 * width


def count_parameters(folder: Path) -> int:
    """Numbers in the safetensors of a part, from the headers of those that are loaded.

    Raises:
        UserError: A file can't be read.
    """
    from safetensors import safe_open

    # A dot before the ending names a variant, as "model.fp16.safetensors"; it is not loaded.
    files = [path for path in sorted(folder.glob("*.safetensors")) if "." not in path.stem]
    for index in sorted(folder.glob("*.safetensors.index.json"))[:1]:
        shards = read_json_object(index, "an index of weights").get("weight_map") or {}
        files = [path for path in files if path.name in shards.values()]
    total = 0
    for path in files:
        try:
            with safe_open(path, framework="np") as tensors:
                for name in tensors.keys():  # noqa: SIM118  # no mapping
                    total += math.prod(tensors.get_slice(name).get_shape())
        except Exception as error:  # safetensors raises its own
            raise UserError(
                f"{path}: can't be read as safetensors: {one_line(error)}; download it again"
            ) from None
    return total


def vae_compression(config: Mapping[str, Any]) -> tuple[int, int] | None:
    """What the VAE says of itself, built without weights; None where it does not."""
    import diffusers
    import torch

    cls = getattr(diffusers, str(config.get("_class_name")), None)
    if cls is None:
        return None
    try:
        with torch.device("meta"):
            vae = cls.from_config(dict(config))
    except Exception:  # an estimate is no reason for a run to fail
        logger.info("the VAE can't be built without weights", exc_info=True)
        return None
    told = {**vars(vae), **{name: value for name, value in vae.config.items() if value is not None}}
    time, side = (
        told.get(f"{name}_compression_ratio", told.get(f"scale_factor_{name}"))
        for name in ("temporal", "spatial")
    )
    return (time, side) if isinstance(time, int) and isinstance(side, int) else None
