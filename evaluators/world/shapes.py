"""Outlines of the shapes and the masks that they are painted through."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.world.vocabulary import Shape

Mask = NDArray[np.uint8]
"""Coverage of each pixel, shape (height, width), 0 to 255."""

SUBPIXEL_BITS = 4
_ARM = 0.36

OUTLINES: dict[Shape, NDArray[np.float64]] = {
    "circle": np.array(
        [(math.cos(2 * math.pi * i / 48), math.sin(2 * math.pi * i / 48)) for i in range(48)]
    ),
    "square": 0.88 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64),
    "triangle": np.array([(0, -1.0), (1.0, 0.85), (-1.0, 0.85)]),
    "cross": np.array(
        [
            *((-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM)),
            *((_ARM, 1), (-_ARM, 1), (-_ARM, _ARM), (-1, _ARM), (-1, -_ARM), (-_ARM, -_ARM)),
        ]
    ),
}
"""Corners (x right, y down) of each shape within the square from -1 to 1."""


def draw_masks(
    shape: Shape, *, centre: tuple[float, float], radius: float, line: int, height: int, width: int
) -> tuple[Mask, Mask]:
    """Anti-aliased masks of a shape's face and of the face with its border line.

    Args:
        shape: The shape.
        centre: (x, y) in pixels; pixel centres are whole numbers.
        radius: Half of the shape's extent, in pixels.
        line: Width of the border in pixels, at least 1.
        height: Rows of the masks.
        width: Columns of the masks.
    """
    corners = np.round((OUTLINES[shape] * radius + np.array(centre)) * (1 << SUBPIXEL_BITS)).astype(
        np.int32
    )
    face = np.zeros((height, width), dtype=np.uint8)
    cv2.fillPoly(face, [corners], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    whole = face.copy()
    cv2.polylines(whole, [corners], True, 255, line, cv2.LINE_AA, SUBPIXEL_BITS)
    return face, whole
