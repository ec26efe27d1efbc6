"""Reference images are read with care."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from omiti2v.errors import UserError
from omiti2v.pictures import load_picture


def test_a_transparent_image_stands_on_white(tmp_path: Path) -> None:
    PIL.Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert np.asarray(load_picture(tmp_path / "a.png")).min() == 255


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    with pytest.raises(UserError, match="not a readable image"):
        load_picture(tmp_path / "a.png")


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    PIL.Image.new("1", (9000, 9000)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="at most"):
        load_picture(tmp_path / "a.png")
