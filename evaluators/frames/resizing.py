"""Pictures at other sizes, resized the same way everywhere."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames.video import Frames

Pixels = NDArray[np.uint8]
"""RGB of shape (height, width, 3), or grey of shape (height, width)."""


def resize(picture: Pixels, width: int, height: int) -> Pixels:
    """`picture` at this size: averaged over areas where it shrinks, linear where it grows."""
    smaller = width < picture.shape[1] or height < picture.shape[0]
    interpolation = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    resized: Pixels = cv2.resize(picture, (width, height), interpolation=interpolation)
    return resized


def rescale(picture: Pixels, scale: float) -> Pixels:
    """`picture` at `scale` times its size, at least one pixel wide and high."""
    height, width = picture.shape[:2]
    return resize(picture, max(1, round(width * scale)), max(1, round(height * scale)))


def fit_pixels(frames: Frames, *, max_pixels: int) -> Frames:
    """Frames scaled down to at most `max_pixels` each, their form kept.

    Args:
        frames: RGB, shape (n, height, width, 3), uint8.
        max_pixels: At least 1.
    """
    height, width = frames.shape[1:3]
    if height * width <= max_pixels:
        return frames
    scale = math.sqrt(max_pixels / (height * width))
    smaller = max(1, math.floor(width * scale)), max(1, math.floor(height * scale))
    return np.stack([resize(frame, *smaller) for frame in frames])


def grey(frame: Pixels) -> Pixels:
    """The brightness of an RGB picture, shape (height, width)."""
    result: Pixels = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return result
