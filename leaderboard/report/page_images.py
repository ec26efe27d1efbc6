"""Pictures of a run folder, embedded only if they are what they should be.

A run folder may come from anybody: a picture may be a link to another file, a pipe, a gigabyte, or
something that is not a picture.
"""

from __future__ import annotations

import base64
import io
import warnings
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import PIL.Image

from omiti2v.dataset.image_files import has_too_many_scans
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file

MAX_IMAGE_BYTES = 1 << 20
MAX_IMAGE_PIXELS = 4_000_000


# For pictures of a hundred pixels' height: six tenths of the bytes of the JPEG that they come from.
_WEBP = {"quality": 60, "method": 2}


@dataclass(frozen=True)
class PageImage:
    """A picture inside the page.

    Attributes:
        uri: A WebP file as a `data:` URI.
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
        """The picture, read from the file each time and written anew.

        None where there is no such file, or it is not an ordinary file inside the folder, is larger
        than the limits, or does not decode as a JPEG.
        """
        return next(iter(self._read(parts=1)), None)

    def read_halves(self) -> tuple[PageImage, ...]:
        """Its left and its right half, to be wrapped where they don't fit side by side.

        Empty where `read` is None.
        """
        return self._read(parts=2)

    def _read(self, *, parts: int) -> tuple[PageImage, ...]:
        try:
            content = read_file(self.path, limit=MAX_IMAGE_BYTES, inside=self.inside)
        except UserError:
            return ()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # bombs: the limit below is the stricter one
                image = PIL.Image.open(io.BytesIO(content), formats=["JPEG"])
                if image.format != "JPEG" or image.width * image.height > MAX_IMAGE_PIXELS:
                    return ()
                if has_too_many_scans(content):
                    return ()
                picture = image.convert("RGB")
            edges = [round(part * picture.width / parts) for part in range(parts + 1)]
            boxes = [(left, 0, right, picture.height) for left, right in pairwise(edges)]
            return tuple(_embedded(picture.crop(box)) for box in boxes)
        except Exception:  # a decoder fed with hostile bytes raises nearly anything
            return ()


def _embedded(picture: PIL.Image.Image) -> PageImage:
    file = io.BytesIO()
    picture.save(file, "WEBP", **_WEBP)
    uri = f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
    return PageImage(uri, picture.width, picture.height)
