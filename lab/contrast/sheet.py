"""Contact sheets: the clips of a sample, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evaluators.contrast.contrast_set import ContrastSet
from evaluators.contrast.recipe import Clip
from evaluators.contrast.render import render_frames

GAP = 6


def write_sheet(
    found: ContrastSet,
    clips: Sequence[Clip],
    path: Path,
    *,
    columns: int = 7,
    width: int = 300,
) -> None:
    """Draw clips as rows of frames, evenly spaced in time, first and last included.

    Args:
        found: The set that they are of.
        clips: All of one sample.
        path: The picture, by its ending.
        columns: Frames of a clip.
        width: Of a frame in pixels.
    """
    pictures = found.pictures(clips[0].sample)
    height = round(width * pictures.height / pictures.width)
    font = ImageFont.load_default(14)
    line = 20
    sheet = Image.new("RGB", (columns * (width + GAP), len(clips) * (height + GAP + line)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, clip in enumerate(clips):
        top = row * (height + GAP + line)
        draw.text((2, top + 1), _title(clip), "black", font)
        numbers = np.linspace(0, clip.frames - 1, columns).round().astype(int).tolist()
        for column, frame in enumerate(render_frames(clip, pictures, numbers)):
            small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
            sheet.paste(Image.fromarray(small), (column * (width + GAP), top + line))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def _title(clip: Clip) -> str:
    kind = clip.kind.replace("_", " ")
    if clip.kind == "right":
        return kind
    caught = ", ".join(clip.caught_by)
    return f"{kind}: caught by {caught}" if caught else f"{kind}: passes"


def write_frames(
    found: ContrastSet, clip: Clip, path: Path, *, columns: int = 4, rows: int = 3, width: int = 420
) -> None:
    """Draw one clip as numbered frames in reading order, evenly spaced in time, without its name.

    Args:
        found: The set that it is of.
        clip: The clip.
        path: The picture, by its ending.
        columns, rows: Of frames.
        width: Of a frame in pixels.
    """
    pictures = found.pictures(clip.sample)
    height = round(width * pictures.height / pictures.width)
    numbers = np.linspace(0, clip.frames - 1, columns * rows).round().astype(int).tolist()
    sheet = Image.new("RGB", (columns * (width + GAP), rows * (height + GAP)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    for position, frame in enumerate(render_frames(clip, pictures, numbers)):
        small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        at = (position % columns * (width + GAP), position // columns * (height + GAP))
        sheet.paste(Image.fromarray(small), at)
        draw.text(
            (at[0] + 4, at[1] + 2),
            str(position + 1),
            "white",
            font,
            stroke_width=2,
            stroke_fill="black",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
