"""The size of a reference image's video."""

from __future__ import annotations

from typing import Literal

import PIL.Image

from omiti2v.dataset.frame_fit import area_size

Fit = Literal["exact", "area", "buckets"]

# Height and width of FramePack's buckets of about 640 * 640 pixels.
BUCKETS = (
    *((416, 960), (448, 864), (480, 832), (512, 768), (544, 704), (576, 672), (608, 640)),
    *((640, 608), (672, 576), (704, 544), (768, 512), (832, 480), (864, 448), (960, 416)),
)


def video_size(
    image: PIL.Image.Image, *, fit: Fit, height: int, width: int, multiple: int
) -> tuple[int, int]:
    """Height and width of the video of an image.

    Args:
        image: The reference image.
        fit: `exact` for height and width as given; `area` for the image's aspect ratio on at most
            that many pixels (Wan); `buckets` for the nearest of `BUCKETS` (FramePack).
        height: In pixels.
        width: In pixels.
        multiple: What both sides must be a multiple of under `area`.
    """
    if fit == "exact":
        return height, width
    if fit == "buckets":
        # Of two that are as near, the last, as in FramePack.
        return min(
            reversed(BUCKETS), key=lambda size: abs(image.height * size[1] - image.width * size[0])
        )
    return area_size(image, area=height * width, multiple=multiple)
