"""Standing a stored frame upright, as its file's display matrix asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Orientation:
    """A multiple of a quarter turn, mirrored or not: swap the axes, then flip them.

    Attributes:
        transpose: Swap rows and columns.
        flip_x: Reverse the columns, after the swap.
        flip_y: Reverse the rows, after the swap.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees clockwise: 0, 90, 180 or 270; a mirror image counts as its rotation alone."""
        if self.transpose:
            return 270 if self.flip_y else 90
        return 180 if self.flip_x else 0

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """A view of `image`, shape (height, width, ...), the right way up."""
        if self.transpose:
            image = image.swapaxes(0, 1)
        return image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]


def orientation_of(matrix: bytes | None) -> Orientation:
    """The orientation that a display matrix asks for, rounded to a quarter turn.

    Args:
        matrix: Nine int32 in the machine's byte order, as libav gives them: a stored pixel at
            (x, y) is shown at (a x + c y, b x + d y) for the matrix a, b, u, c, d, v, ...
            None, or anything else, is no turn at all.
    """
    if matrix is None or len(matrix) != 36:
        return Orientation()
    a, b, _, c, d, *_ = np.frombuffer(matrix, dtype=np.int32).tolist()
    if abs(b) > abs(a):
        return Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)
    return Orientation(flip_x=a < 0, flip_y=d < 0)
