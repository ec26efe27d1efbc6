"""Frames as the batches of tensors that image models read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.transforms.v2 import functional as pictures

from evaluators.frames import Frames

Features = NDArray[np.float32]
"""One vector for each picture, shape (n, dimensions)."""

Prepare = Callable[[Frames], torch.Tensor]
"""From frames to what a model reads, shape (n, 3, height, width), float."""

BATCH = 32
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
VBENCH_SIDE = 224


def pick_device(device: str | None) -> torch.device:
    """The torch device of this name; None takes "cuda" where there is one, else "cpu"."""
    return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def batches(frames: Frames) -> Iterator[Frames]:
    """The frames in their order, up to 32 at a time."""
    for start in range(0, len(frames), BATCH):
        yield frames[start : start + BATCH]


def as_levels(frames: Frames) -> torch.Tensor:
    """Shape (n, 3, height, width), float, 0 to 255."""
    return torch.from_numpy(frames.astype(np.float32)).permute(0, 3, 1, 2)


def vbench_clip_input(
    frames: Frames, *, side: int, mean: Sequence[float], std: Sequence[float]
) -> torch.Tensor:
    """As VBench feeds CLIP: the short side to `side`, bicubic without smoothing, middle square."""
    bicubic = pictures.InterpolationMode.BICUBIC
    small = pictures.resize(as_levels(frames), [side], interpolation=bicubic, antialias=False)
    square = pictures.center_crop(small, [side, side])
    scaled: torch.Tensor = pictures.normalize(square / 255, list(mean), list(std))
    return scaled


def vbench_dino_input(frames: Frames) -> torch.Tensor:
    """As VBench feeds DINO: the short side to 224, linear without smoothing, nothing cut off."""
    small = pictures.resize(as_levels(frames), [VBENCH_SIDE], antialias=False)
    scaled: torch.Tensor = pictures.normalize(small / 255, IMAGENET_MEAN, IMAGENET_STD)
    return scaled


def run_in_batches(
    frames: Frames,
    prepare: Prepare,
    run: Callable[[torch.Tensor], torch.Tensor],
    device: torch.device,
) -> Features:
    """What a model makes of each frame.

    Args:
        frames: RGB, shape (n, height, width, 3), uint8.
        prepare: Makes the model's input.
        run: The model, from shape (n, 3, height, width) to (n, dimensions).
        device: Where the model is.
    """
    with torch.inference_mode():
        parts = [run(prepare(part).to(device)).float().cpu() for part in batches(frames)]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float32)


def unit(vectors: Features) -> Features:
    """Vectors scaled to length 1; those of length 0 stay."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)
