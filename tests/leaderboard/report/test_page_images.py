import base64
import os
from pathlib import Path

import PIL.Image
import pytest
from costly_video import costly_jpeg

from leaderboard.report.page_images import MAX_IMAGE_BYTES, PageImageFile


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with one picture."""
    folder = tmp_path / "run"
    (folder / "strips").mkdir(parents=True)
    PIL.Image.new("RGB", (40, 30), "teal").save(folder / "strips" / "a.jpg")
    return folder


def test_a_jpeg_is_embedded_byte_for_byte_with_its_size(folder: Path) -> None:
    path = folder / "strips" / "a.jpg"
    picture = PageImageFile(path, folder).read()
    assert picture is not None
    head, content = picture.uri.split(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(content) == path.read_bytes()
    assert (picture.width, picture.height) == (40, 30)


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
