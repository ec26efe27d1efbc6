"""How a reference image becomes the first frame of a video, the same for every model.

The rule: the image keeps its shape; the frame has the area of 480 x 832 pixels, or a little less,
and sides that are multiples of 16 (what the latents of today's models need), and the image covers
it. For a model of one fixed size the image is cropped around its middle, or padded with black.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import PIL.Image
import PIL.ImageOps

AREA = 480 * 832
MULTIPLE = 16

FrameFit = Literal["crop", "pad"]


@dataclass(frozen=True)
class FixedSize:
    """One size for all frames.

    Attributes:
        width, height: In pixels.
        fit: `crop` fills the frame and takes the middle of the image; `pad` shows all of it with
            black bars.
    """

    width: int
    height: int
    fit: FrameFit = "crop"


def area_size(
    image: PIL.Image.Image, *, area: int = AREA, multiple: int = MULTIPLE
) -> tuple[int, int]:
    """Height and width of a frame of the image's shape, with at most `area` pixels.

    >>> area_size(PIL.Image.new("RGB", (1664, 960)))
    (480, 832)
    """
    # In integers: a root that is a hair below 832 would give 816.
    rows = math.isqrt(area * image.height // image.width)
    columns = math.isqrt(area * image.width // image.height)
    return max(multiple, rows // multiple * multiple), max(multiple, columns // multiple * multiple)


def cover(image: PIL.Image.Image, height: int, width: int) -> PIL.Image.Image:
    """The image at that size: scaled to cover it, and its middle taken."""
    scale = max(width / image.width, height / image.height)
    # Rounding must not make the part larger than the image.
    shown_width = min(image.width, width / scale)
    shown_height = min(image.height, height / scale)
    left, top = (image.width - shown_width) / 2, (image.height - shown_height) / 2
    box = (left, top, left + shown_width, top + shown_height)
    return image.resize((width, height), PIL.Image.Resampling.LANCZOS, box=box)


def kept_share(image: PIL.Image.Image, height: int, width: int) -> float:
    """Share of an image that `cover` shows, 0 to 1."""
    shapes = (width / height, image.width / image.height)
    return min(shapes) / max(shapes)


def first_frame(
    image: PIL.Image.Image, size: FixedSize | None = None, *, area: int = AREA
) -> tuple[PIL.Image.Image, float]:
    """The first frame of an image, and the share of the image that it shows.

    Args:
        image: RGB.
        size: For a model of one fixed size; by the rule where None.
        area: Of the rule, in pixels.
    """
    if size is None:
        height, width = area_size(image, area=area)
    elif size.fit == "pad":
        whole = (size.width, size.height)
        return PIL.ImageOps.pad(image, whole, PIL.Image.Resampling.LANCZOS, color="black"), 1.0
    else:
        height, width = size.height, size.width
    return cover(image, height, width), kept_share(image, height, width)


def change_made(
    size: FixedSize | None, *, shape_kept: bool
) -> Literal["fitted", "cropped", "padded"]:
    """What was done to an image, in a word.

    Args:
        size: As for `first_frame`.
        shape_kept: Whether the frame has the image's shape, so that nothing was cut off or added.
    """
    if size is None or shape_kept:
        return "fitted"
    return "padded" if size.fit == "pad" else "cropped"
