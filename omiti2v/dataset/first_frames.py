"""The first frames of an edition as files, with the prompts and licenses beside them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from omiti2v.dataset.export import new_folder
from omiti2v.dataset.frame_fit import AREA, FixedSize, change_made, first_frame, kept_share
from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.editions import Edition
from omiti2v.records import Record, write_bytes_atomically, write_records
from omiti2v.samples import Category, SampleId, Text

FRAMES = "frames.jsonl"
SPOILED_BELOW = 0.75
"""A crop that keeps less than this share of an image is likely to lose what is asked about."""


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
