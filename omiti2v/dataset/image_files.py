"""Image files of somebody else: read with limits, decoded as a check, shown on white."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import PIL.Image
import PIL.ImageOps

from omiti2v.editions import MAX_IMAGE_BYTES
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file

MAX_PIXELS = 1 << 26
MAX_SCANS = 100
"""Of a JPEG: an ordinary one has 1 to 20, and each is a pass over all of its pixels, be it of a few
bytes."""
FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""The formats that an edition may hold, with the ending of their files."""

# What Pillow raises on damaged or hostile files, as far as its plugins are known to.
DECODE_ERRORS = (OSError, SyntaxError, ValueError, EOFError)


@dataclass(frozen=True)
class ImageFacts:
    """What an image file is.

    Attributes:
        ending: Of its format, as "jpg".
        width, height: In pixels, as it is shown (turned as its EXIF data says).
    """

    ending: str
    width: int
    height: int


def check_image(content: bytes) -> ImageFacts:
    """Decode an image wholly.

    Raises:
        UserError: It is not a JPEG, PNG or WebP image, is damaged, or has more than `MAX_PIXELS`
            pixels.
    """
    with _open_image(content) as image:
        # A JPEG with several pictures in it is an MPO to Pillow, and a JPEG to everyone else.
        ending = FORMATS.get(image.format or "", "jpg")
        upright = _decoded(image)
        return ImageFacts(ending, upright.width, upright.height)


def load_rgb_image(path: Path) -> PIL.Image.Image:
    """An image file as RGB, upright, transparent parts on white.

    Raises:
        UserError: It can't be read, or as for `check_image`.
    """
    try:
        with _open_image(read_file(path, limit=MAX_IMAGE_BYTES)) as image:
            return _on_white(image)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def thumbnail(content: bytes, *, width: int, height: int) -> bytes:
    """An image, at most so large, as a JPEG; transparent parts on white.

    Raises:
        UserError: As for `check_image`.
    """
    with _open_image(content) as image:
        small = _on_white(image)
    small.thumbnail((width, height), PIL.Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def has_too_many_scans(jpeg: bytes) -> bool:
    """Whether a JPEG would keep its decoder busy for minutes, and so is not to be decoded."""
    return jpeg.count(b"\xff\xda") > MAX_SCANS


def _open_image(content: bytes) -> PIL.Image.Image:
    """The image, its head read and its size checked, not yet decoded.

    Raises:
        UserError: As for `check_image`.
    """
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a decompression bomb below twice its own limit; ours is lower.
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            image = PIL.Image.open(io.BytesIO(content), formats=list(FORMATS))
    except PIL.Image.DecompressionBombError:
        raise UserError(f"has more than {MAX_PIXELS} pixels") from None
    except DECODE_ERRORS:
        raise UserError("is not an image; expected JPEG, PNG or WebP") from None
    if image.width * image.height > MAX_PIXELS:
        raise UserError(f"has more than {MAX_PIXELS} pixels")
    if image.format in ("JPEG", "MPO") and has_too_many_scans(content):
        raise UserError(f"has more than {MAX_SCANS} scans")
    return image


def _on_white(image: PIL.Image.Image) -> PIL.Image.Image:
    upright = _decoded(image).convert("RGBA")
    white = PIL.Image.new("RGBA", upright.size, "white")
    return PIL.Image.alpha_composite(white, upright).convert("RGB")


def _decoded(image: PIL.Image.Image) -> PIL.Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return PIL.ImageOps.exif_transpose(image)
    except DECODE_ERRORS as error:
        raise UserError(f"is a damaged image: {error}") from None
