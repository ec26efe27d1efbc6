"""Reads reference images."""

from __future__ import annotations

import warnings
from pathlib import Path

import PIL.Image
import PIL.ImageOps

from omiti2v.errors import UserError

MAX_PIXELS = 1 << 26
# Pillow knows formats that start other programs (EPS runs Ghostscript).
FORMATS = ("PNG", "JPEG", "WEBP")


def load_picture(path: Path) -> PIL.Image.Image:
    """A PNG, JPEG or WebP file as RGB, upright, transparent parts on white.

    Raises:
        UserError: The file is not an image, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a decompression bomb below twice its own limit; ours is lower.
            warnings.simplefilter("ignore", PIL.Image.DecompressionBombWarning)
            with PIL.Image.open(path, formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise UserError(
                        f"{path}: {image.width}x{image.height}, at most {MAX_PIXELS} pixels"
                    )
                upright = PIL.ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise UserError(f"{path}: not a readable image: {error}") from None
    white = PIL.Image.new("RGBA", upright.size, "white")
    return PIL.Image.alpha_composite(white, upright).convert("RGB")
