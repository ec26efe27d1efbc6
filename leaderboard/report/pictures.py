"""Pictures of a run folder, embedded only if they are what they should be.

A run folder may come from anybody: a picture may be a link to another file, a pipe, a gigabyte, or
something that is not a picture.
"""

from __future__ import annotations

import base64
import io
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

MAX_PICTURE_BYTES = 1 << 20
MAX_PICTURE_PIXELS = 4_000_000


@dataclass(frozen=True)
class Picture:
    """A JPEG picture inside the page.

    Attributes:
        uri: The whole file as a `data:` URI.
        width, height: In pixels.
    """

    uri: str
    width: int
    height: int


def read_picture(path: Path, *, inside: Path) -> Picture | None:
    """A JPEG file as a picture for the page.

    None where there is no such file, or it is not an ordinary file inside the folder `inside`, is
    larger than the limits, or does not decode as a JPEG.
    """
    content = _read_ordinary_file(path, inside)
    if content is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # bombs: the limit below is the stricter one
            image = PIL.Image.open(io.BytesIO(content), formats=["JPEG"])
            if image.format != "JPEG" or image.width * image.height > MAX_PICTURE_PIXELS:
                return None
            image.load()
    except Exception:  # a decoder fed with hostile bytes raises nearly anything
        return None
    uri = f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"
    return Picture(uri, image.width, image.height)


def _read_ordinary_file(path: Path, inside: Path) -> bytes | None:
    try:
        if not path.parent.resolve().is_relative_to(inside.resolve()):
            return None
        # Without blocking: opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            content = file.read(MAX_PICTURE_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= MAX_PICTURE_BYTES else None
