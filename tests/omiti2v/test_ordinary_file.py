"""Files of somebody else: whatever lies at a path, reading ends at once and says what it is."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.digests import quick_mark, sha256_of_file
from omiti2v.errors import UserError
from omiti2v.model_files import read_json_object
from omiti2v.ordinary_file import open_file, read_file
from omiti2v.plain_yaml import read_plain_yaml
from omiti2v.prompt_file import prompt_text
from omiti2v.records import iterate_lines, read_record
from omiti2v.submissions import SubmissionInfo

LOOP, DANGLING = "Too many levels of symbolic links", "No such file or directory"

PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "expected a file, got a pipe"),
    "folder": (Path.mkdir, "expected a file, got a folder"),
    "socket": (
        lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
        "expected a file, got a socket",
    ),
    "link to a device": (
        lambda path: path.symlink_to("/dev/zero"),
        "expected a file, got a device",
    ),
    "link to its terminal": (
        lambda path: path.symlink_to("/dev/tty"),
        "expected a file, got a device",
    ),
    "link to the own input": (
        lambda path: path.symlink_to(f"/proc/self/fd/{os.pipe()[0]}"),
        "expected a file, got a pipe",
    ),
    "link to itself": (lambda path: path.symlink_to(path), LOOP),
    "link to nothing": (lambda path: path.symlink_to("gone"), DANGLING),
    "link of too long a name": (lambda path: path.symlink_to("x" * 300), "File name too long"),
    "link to own memory": (lambda path: path.symlink_to("/proc/self/mem"), "Input/output error"),
}

READERS: dict[str, Callable[[Path], object]] = {
    "lines": lambda path: list(iterate_lines(path)),
    "record": lambda path: read_record(path, SubmissionInfo),
    "yaml": read_plain_yaml,
    "config": lambda path: read_json_object(path, "a model's folder"),
    "image": load_rgb_image,
    "digest": sha256_of_file,
    "mark": quick_mark,
    "prompt": lambda path: prompt_text(str(path)),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_one_line_at_once(reader: str, place: str, tmp_path: Path) -> None:
    make, reason = PLACES[place]
    make(path := tmp_path / "it")
    with pytest.raises(UserError) as caught:
        READERS[reader](path)
    assert str(caught.value).count(str(path)) == 1
    assert str(caught.value).endswith(reason)


def test_a_link_is_followed_unless_the_folder_is_a_strangers(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "link").symlink_to("../secret")
    (folder / "out").symlink_to("..")
    (folder / "round").symlink_to("round")
    assert read_file(folder / "link", limit=9) == b"secret"
    assert read_file(tmp_path / "secret", limit=9, inside=tmp_path) == b"secret"
    for path, reason in (
        (folder / "link", "is a link; expected the file itself"),
        (folder / "out" / "secret", "lies outside"),
        (folder / "round" / "secret", LOOP),
        (tmp_path / "secret", "lies outside"),
    ):
        with pytest.raises(UserError, match=reason):
            read_file(path, limit=9, inside=folder)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_file_can_have_is_an_error_as_any_other(name: str) -> None:
    with pytest.raises(OSError, match="a name that no file can have"):
        open_file(Path(name))


def test_a_file_is_read_up_to_a_limit_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert read_file(tmp_path / "a", limit=5) == b"12345"
    with pytest.raises(UserError, match="has 5 bytes, expected at most 4"):
        read_file(tmp_path / "a", limit=4)
    with pytest.raises(UserError, match="has 11 bytes, expected at most 10"):
        read_file(Path("/proc/self/status"), limit=10)  # of which no size is told
