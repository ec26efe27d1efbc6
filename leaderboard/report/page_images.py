"""Pictures of a run folder, embedded only if they are what they should be.

A run folder may come from anybody: a picture may be a link to another file, a pipe, a gigabyte, or
something that is not a picture.
"""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import PIL.Image

from omiti2v.dataset.image_files import has_too_many_scans
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file

MAX_IMAGE_BYTES = 1 << 20
MAX_IMAGE_PIXELS = 4_000_000


@dataclass(frozen=True)
class PageImage:
    """A JPEG picture inside the page.

    Attributes:
        uri: The whole file as a `data:` URI.
        width, height: In pixels.
    """

    uri: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageImageFile:
    """Where a picture of a run folder may be.

    Attributes:
        path: The file; there need not be one.
        inside: The folder that it must not lead out of.
    """

    path: Path
    inside: Path

    def read(self) -> PageImage | None:
        """The picture, read from the file each time.

        None where there is no such file, or it is not an ordinary file inside the folder, is larger
        than the limits, or does not decode as a JPEG.
        """
        try:
            content = read_file(self.path, limit=MAX_IMAGE_BYTES, inside=self.inside)
        except UserError:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # bombs: the limit below is the stricter one
                image = PIL.Image.open(io.BytesIO(content), formats=["JPEG"])
                if image.format != "JPEG" or image.width * image.height > MAX_IMAGE_PIXELS:
                    return None
                if has_too_many_scans(content):
                    return None
                image.load()
        except Exception:  # a decoder fed with hostile bytes raises nearly anything
            return None
        uri = f"data:image/jpeg;base64,{base64.b64encode(content).decode('ascii')}"
        return PageImage(uri, image.width, image.height)
