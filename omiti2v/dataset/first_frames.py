"""How a reference image becomes the first frame of a video, the same for every model.

The rule: the image keeps its shape; the frame has the area of 480 x 832 pixels, or a little less,
and sides that are multiples of 16 (what the latents of today's models need), and the image covers
it. For a model of one fixed size the image is cropped around its middle, or padded with black.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import PIL.Image
import PIL.ImageOps

from omiti2v.dataset.export import new_folder
from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.editions import Edition
from omiti2v.records import Record, write_bytes_atomically, write_records
from omiti2v.samples import Category, SampleId, Text

AREA = 480 * 832
MULTIPLE = 16
FRAMES = "frames.jsonl"
SPOILED_BELOW = 0.75
"""A crop that keeps less than this share of an image is likely to lose what is asked about."""

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


class FirstFrame(Record):
    """A line of `frames.jsonl`.

    Attributes:
        id, prompt, category: Of the sample.
        file: Of the frame, beside this file.
        width, height: In pixels.
        kept: Share of the image's area that the frame shows, 0 to 1.
        image_sha256: Of the reference image that it was made from.
        licence, attribution, source, changes: Of the image; the frame is an adaptation of it.
    """

    id: SampleId
    file: Text
    prompt: Text
    category: Category
    width: int
    height: int
    kept: float
    image_sha256: str
    licence: Text | None = None
    attribution: Text | None = None
    source: Text | None = None
    changes: Text | None = None


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


def write_first_frames(
    edition: Edition,
    folder: Path,
    *,
    size: FixedSize | None = None,
    area: int = AREA,
    progress: Callable[[], None] = lambda: None,
) -> list[FirstFrame]:
    """Write `<id>.png` for every sample, and `frames.jsonl` with prompts and licenses beside them.

    Args:
        edition: With its images at hand.
        folder: Must not exist, or be empty. It appears whole or not at all.
        size, area: As for `first_frame`.
        progress: Called after each sample.

    Returns:
        The lines of `frames.jsonl`.

    Raises:
        UserError: The folder is taken or can't be written, or an image is broken.
    """
    lines = []
    with new_folder(folder) as draft:
        for sample in edition.samples:
            image = load_rgb_image(edition.image_path(sample))
            frame, kept = first_frame(image, size, area=area)
            buffer = io.BytesIO()
            frame.save(buffer, "PNG")
            name = f"{sample.id}.png"
            write_bytes_atomically(draft / name, buffer.getvalue(), sync=False)
            how = change_made(size, shape_kept=kept_share(image, frame.height, frame.width) == 1)
            change = f"{how} to {frame.width}x{frame.height}"
            lines.append(
                FirstFrame(
                    id=sample.id,
                    file=name,
                    prompt=sample.prompt,
                    category=sample.category,
                    width=frame.width,
                    height=frame.height,
                    kept=round(kept, 4),
                    image_sha256=edition.image_sha256[sample.id],
                    licence=sample.licence,
                    attribution=sample.attribution,
                    source=sample.source,
                    changes=f"{sample.changes}; {change}" if sample.changes else change,
                )
            )
            progress()
        write_records(draft / FRAMES, lines)
    return lines
