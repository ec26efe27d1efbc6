"""Pictures at other sizes, resized the same way everywhere."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

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


def grey(frame: Pixels) -> Pixels:
    """The brightness of an RGB picture, shape (height, width)."""
    result: Pixels = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return result
