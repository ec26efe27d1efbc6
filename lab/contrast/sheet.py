"""Contact sheets: the clips of a sample, one row each."""

from __future__ import annotations

import textwrap
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
    titles: Sequence[str] | None = None,
) -> None:
    """Draw clips as rows of frames, evenly spaced in time, first and last included.

    Args:
        found: The set that they are of.
        clips: All of one sample.
        path: The PNG.
        columns: Frames of a clip.
        width: Of a frame in pixels.
        titles: Above each row; kind and what catches it where None.
    """
    pictures = found.pictures(clips[0].sample)
    height = round(width * pictures.height / pictures.width)
    font = ImageFont.load_default(14)
    line = 20
    sheet = Image.new("RGB", (columns * (width + GAP), len(clips) * (height + GAP + line)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, clip in enumerate(clips):
        top = row * (height + GAP + line)
        title = titles[row] if titles else f"{clip.kind}: {', '.join(clip.caught_by) or 'passes'}"
        draw.text((2, top + 1), textwrap.shorten(title, 200), "black", font)
        numbers = np.linspace(0, clip.frames - 1, columns).round().astype(int).tolist()
        for column, frame in enumerate(render_frames(clip, pictures, numbers)):
            small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
            sheet.paste(Image.fromarray(small), (column * (width + GAP), top + line))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def write_frames(
    found: ContrastSet, clip: Clip, path: Path, *, columns: int = 4, rows: int = 3, width: int = 420
) -> None:
    """Draw one clip as numbered frames in reading order, evenly spaced in time, without its name.

    Args:
        found: The set that it is of.
        clip: The clip.
        path: The PNG.
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
