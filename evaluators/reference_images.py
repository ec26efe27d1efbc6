"""Reference images as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from omiti2v.dataset.image_files import load_rgb_image

Image = NDArray[np.uint8]
"""An RGB image, shape (height, width, 3), values 0 to 255."""


def load_image(path: Path) -> Image:
    """A PNG, JPEG or WebP file as RGB, upright, transparent parts on white.

    Raises:
        UserError: The file is not an image, is damaged, or has more than 2**26 pixels.
    """
    return np.asarray(load_rgb_image(path))
