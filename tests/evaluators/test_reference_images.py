"""Reference images: upright RGB, hostile files refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from evaluators.reference_images import load_image
from omiti2v.errors import UserError


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    image = PIL.Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.save(tmp_path / "a.png")
    assert load_image(tmp_path / "a.png").tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_a_photograph_taken_sideways_is_turned(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    PIL.Image.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg").shape == (40, 20, 3)


def test_grey_and_palette_images_become_rgb(tmp_path: Path) -> None:
    for mode in ("L", "P", "1"):
        PIL.Image.new(mode, (3, 2), 1).save(tmp_path / "a.png")
        assert load_image(tmp_path / "a.png").shape == (2, 3, 3)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_image_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.png: is not an image"):
        load_image(tmp_path / "a.png")


def test_a_format_that_starts_another_program_is_refused(tmp_path: Path) -> None:
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n"
    (tmp_path / "a.png").write_bytes(eps)
    with pytest.raises(UserError, match="is not an image"):
        load_image(tmp_path / "a.png")


def test_an_image_that_claims_too_many_pixels_is_refused(tmp_path: Path) -> None:
    PIL.Image.fromarray(np.zeros((9000, 9000), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="has more than"):
        load_image(tmp_path / "a.png")
