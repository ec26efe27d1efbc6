"""Reference images are read with care."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from costly_video import costly_jpeg

from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.errors import UserError


def test_a_transparent_image_stands_on_white(tmp_path: Path) -> None:
    PIL.Image.new("RGBA", (16, 16), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert np.asarray(load_rgb_image(tmp_path / "a.png")).min() == 255


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n")
    with pytest.raises(UserError, match="is not an image"):
        load_rgb_image(tmp_path / "a.png")


def test_a_small_file_that_takes_minutes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(costly_jpeg(64, 64, scans=101))
    with pytest.raises(UserError, match=r"a\.jpg: has more than 100 scans"):
        load_rgb_image(path)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    PIL.Image.new("1", (9000, 9000)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="more than"):
        load_rgb_image(tmp_path / "a.png")
