"""The size and the pixels of frames as qwen-vl-utils 0.0.14 makes them: pure functions."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.nn.functional import interpolate

from evaluators.frames import Frames

LEAST_TOKENS = 128
"""Of a frame, before frames are read in pairs: 100,352 pixels of Qwen2.5-VL's 28x28 a token."""
_MOST_TOKENS = 768
_ALL_TOKENS = 128_000 * 0.9
_LARGEST_RATIO = 200
_FRAMES_AT_ONCE = 8


def frame_size(
    height: int, width: int, *, frames: int, side: int, max_pixels: int | None
) -> tuple[int, int]:
    """Height and width that frames are brought to: multiples of `side`, about in proportion.

    Smaller frames are enlarged to `LEAST_TOKENS`; larger ones are scaled down to the smallest of
    `max_pixels`, 768 tokens a frame, and their share of 115,200 tokens for all pairs of frames.

    Args:
        height: In pixels, at least 1.
        width: In pixels, at least 1.
        frames: How many there are.
        side: Pixels along a side of what a token stands for.
        max_pixels: Largest number of pixels of a frame; where it is less than `LEAST_TOKENS` cover,
            so is the smallest.

    Raises:
        ValueError: One side is more than 200 times the other, or would vanish.
    """
    token = side * side
    least = LEAST_TOKENS * token
    most: float = max(
        min(_MOST_TOKENS * token, _ALL_TOKENS * token / frames * 2), int(least * 1.05)
    )
    if max_pixels is not None:
        most, least = min(most, max_pixels), min(least, max_pixels)
    if max(height, width) > _LARGEST_RATIO * min(height, width):
        raise ValueError(f"expected sides of at most {_LARGEST_RATIO}:1, got {width}x{height}")
    sides = [max(side, round(length / side) * side) for length in (height, width)]
    scale = 1.0
    if math.prod(sides) > most:
        scale = math.sqrt(height * width / most)
        sides = [math.floor(length / scale / side) * side for length in (height, width)]
    elif math.prod(sides) < least:
        scale = math.sqrt(least / (height * width))
        sides = [math.ceil(length * scale / side) * side for length in (height, width)]
    if not all(sides):
        raise ValueError(f"frames of {width}x{height} can't be scaled to {most:g} pixels")
    return sides[0], sides[1]


def resized(frames: Frames, height: int, width: int) -> Frames:
    """`frames` at this size as torchvision's tensors are resized: bicubic, with antialiasing."""
    parts = []
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        part = torch.tensor(np.ascontiguousarray(frames[start : start + _FRAMES_AT_ONCE]))
        scaled = interpolate(
            part.permute(0, 3, 1, 2).float(), (height, width), mode="bicubic", antialias=True
        )
        parts.append(scaled.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())
    return np.concatenate(parts)
