"""The decision of VBench's dynamic degree: a pure function of optical flow, whatever gave it.

A pair of neighbouring frames moves where the mean of the fastest 5 % of its flow is above 6 pixels
for a short side of 256, in proportion for others; a video is dynamic where at least a quarter as
many pairs move as it has frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHORT_SIDE = 256
TOP_SHARE = 0.05
THRESHOLD = 6.0
DYNAMIC_SHARE = 0.25


def mean_of_fastest(field: NDArray[np.floating]) -> float:
    """Mean length of the largest 5 % of a flow field.

    Args:
        field: Pixels, shape (height, width, 2).
    """
    length = np.hypot(field[..., 0], field[..., 1]).ravel()
    top = max(1, int(length.size * TOP_SHARE))
    return float(np.partition(length, -top)[-top:].mean())


def is_dynamic(magnitudes: NDArray[np.float64], *, short_side: int) -> bool:
    """Whether a video moves by VBench's rule.

    Args:
        magnitudes: `mean_of_fastest` of each pair of neighbouring frames, one fewer than the
            frames.
        short_side: Of the frames that the flow was computed on, in pixels.
    """
    threshold = THRESHOLD * short_side / SHORT_SIDE
    # VBench rounds to zero for two frames and then calls any clip dynamic.
    needed = max(1, round(DYNAMIC_SHARE * (len(magnitudes) + 1)))
    return int((magnitudes > threshold).sum()) >= needed
