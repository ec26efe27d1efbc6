"""Control videos, made from the reference image without a model."""

from __future__ import annotations

import random
from typing import Literal

import numpy as np
import PIL.Image
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
"""RGB, shape (frames, height, width, 3), values 0 to 255."""

Control = Literal["still", "pan", "blank"]

# The camera ends on this share of each side, so that little leaves the picture.
PAN_SHARE = 0.85


def control_frames(control: Control, picture: PIL.Image.Image, *, frames: int, seed: int) -> Frames:
    """The frames of a control.

    Args:
        control: `still` repeats the picture; `pan` moves the camera over it and changes nothing
            else; `blank` is black after the first frame.
        picture: RGB, at the size of the video.
        frames: How many, at least 1.
        seed: Of the direction of `pan`.
    """
    first = np.asarray(picture)
    if control == "pan":
        return _pan(picture, frames, seed)
    if control == "still":
        return np.repeat(first[None], frames, axis=0)
    blank = np.zeros((frames, *first.shape), dtype=np.uint8)
    blank[0] = first
    return blank


def _pan(picture: PIL.Image.Image, frames: int, seed: int) -> Frames:
    """From the whole picture into a part of it, smoothly."""
    direction = random.Random(seed)  # noqa: S311 (no secret)
    across, down = direction.random(), direction.random()
    made = np.empty((frames, picture.height, picture.width, 3), dtype=np.uint8)
    for number in range(frames):
        time = number / max(1, frames - 1)
        closed = (1 - PAN_SHARE) * (3 - 2 * time) * time**2
        left, top = across * closed * picture.width, down * closed * picture.height
        box = (
            left,
            top,
            left + (1 - closed) * picture.width,
            top + (1 - closed) * picture.height,
        )
        moved = picture.resize(picture.size, PIL.Image.Resampling.BICUBIC, box=box)
        made[number] = np.asarray(moved)
    return made
