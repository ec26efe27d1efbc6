import base64
import io
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from costly_video import costly_jpeg

from leaderboard.report.page_images import MAX_IMAGE_BYTES, PageImage, PageImageFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with one picture."""
    folder = tmp_path / "run"
    (folder / "strips").mkdir(parents=True)
    PIL.Image.new("RGB", (40, 30), "teal").save(folder / "strips" / "a.jpg")
    return folder


def embedded(picture: PageImage | None) -> PIL.Image.Image:
    assert picture is not None
    head, content = picture.uri.split(",")
    assert head == "data:image/webp;base64"
    image = PIL.Image.open(io.BytesIO(base64.b64decode(content)))
    assert (picture.width, picture.height) == image.size
    return image.convert("RGB")


def test_a_jpeg_is_embedded_as_a_webp_of_its_pixels(folder: Path) -> None:
    path = folder / "strips" / "a.jpg"
    image = embedded(PageImageFile(path, folder).read())
    assert image.size == (40, 30)
    assert np.abs(np.asarray(image, int) - np.asarray(PIL.Image.open(path), int)).max() <= 8


def test_halves_are_the_left_and_the_right_of_the_picture(folder: Path) -> None:
    strip = PIL.Image.new("RGB", (41, 30), "teal")
    strip.paste("white", (20, 0, 41, 30))
    strip.save(folder / "strips" / "b.jpg", quality=95)
    left, right = map(embedded, PageImageFile(folder / "strips" / "b.jpg", folder).read_halves())
    assert left.width + right.width == 41
    assert np.asarray(left)[:, :16].mean() < 100 < 240 < np.asarray(right)[:, 4:].mean()
    assert PageImageFile(folder / "strips" / "c.jpg", folder).read_halves() == ()


def test_what_else_a_jpeg_holds_stays_behind(folder: Path) -> None:
    path = folder / "strips" / "a.jpg"
    path.write_bytes(path.read_bytes() + b"<script>alert(1)</script>")
    picture = PageImageFile(path, folder).read()
    assert picture is not None
    assert b"<script>" not in base64.b64decode(picture.uri.split(",")[1])


def test_an_absent_file_is_no_picture(folder: Path) -> None:
    assert PageImageFile(folder / "strips" / "b.jpg", folder).read() is None


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff\xe0 nothing more"],
)
def test_what_is_no_jpeg_is_not_embedded(folder: Path, content: bytes) -> None:
    path = folder / "strips" / "b.jpg"
    path.write_bytes(content)
    assert PageImageFile(path, folder).read() is None


def test_another_format_under_the_name_of_a_jpeg_is_not_embedded(folder: Path) -> None:
    path = folder / "strips" / "b.jpg"
    PIL.Image.new("RGB", (40, 30)).save(path, "PNG")
    assert PageImageFile(path, folder).read() is None


def test_half_a_jpeg_is_not_embedded(folder: Path) -> None:
    path = folder / "strips" / "a.jpg"
    path.write_bytes(path.read_bytes()[:-300])
    assert PageImageFile(path, folder).read() is None


def test_a_jpeg_beyond_the_size_limit_is_not_embedded(folder: Path) -> None:
    path = folder / "strips" / "a.jpg"
    content = path.read_bytes()
    path.write_bytes(content + bytes(MAX_IMAGE_BYTES - len(content)))
    assert PageImageFile(path, folder).read() is not None
    path.write_bytes(content + bytes(MAX_IMAGE_BYTES - len(content) + 1))
    assert PageImageFile(path, folder).read() is None


def test_a_small_file_that_unpacks_to_many_pixels_is_not_embedded(folder: Path) -> None:
    path = folder / "strips" / "b.jpg"
    PIL.Image.new("L", (8000, 600)).save(path, "JPEG", quality=1)
    assert path.stat().st_size < MAX_IMAGE_BYTES
    assert PageImageFile(path, folder).read() is None


def test_a_small_file_that_takes_minutes_is_not_embedded(folder: Path) -> None:
    path = folder / "strips" / "a.jpg"
    path.write_bytes(costly_jpeg(64, 64, scans=50))
    assert PageImageFile(path, folder).read() is not None
    path.write_bytes(costly_jpeg(64, 64, scans=101))
    assert PageImageFile(path, folder).read() is None


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    PIL.Image.new("RGB", (40, 30)).save(secret)
    link = folder / "strips" / "b.jpg"
    link.symlink_to(secret)
    assert PageImageFile(link, folder).read() is None


def test_a_folder_of_pictures_that_is_a_link_out_is_not_followed(tmp_path: Path) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "run"
    elsewhere.mkdir()
    folder.mkdir()
    PIL.Image.new("RGB", (40, 30)).save(elsewhere / "a.jpg")
    (folder / "strips").symlink_to(elsewhere)
    assert PageImageFile(folder / "strips" / "a.jpg", folder).read() is None


def test_a_pipe_is_no_picture_and_does_not_hang(folder: Path) -> None:
    path = folder / "strips" / "b.jpg"
    os.mkfifo(path)
    assert PageImageFile(path, folder).read() is None
