"""Digests that `sha256sum` gives too."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from omiti2v import digests
from omiti2v.digests import quick_mark, sha256_of_file, sha256_of_files
from omiti2v.errors import UserError


def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of_file(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_files_have_the_digest_of_what_sha256sum_prints(tmp_path: Path) -> None:
    for name in ("b", "a", "c.txt"):
        (tmp_path / name).write_text(name)
    printed = subprocess.run(
        ["sha256sum", "a", "b", "c.txt"], cwd=tmp_path, capture_output=True, check=True
    )
    files = {path.name: path for path in tmp_path.iterdir()}
    assert sha256_of_files(files) == hashlib.sha256(printed.stdout).hexdigest()


def test_a_file_that_can_not_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gone: can't be read: No such file"):
        sha256_of_files({"gone": tmp_path / "gone"})


def test_a_small_file_is_marked_by_its_digest(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert quick_mark(tmp_path / "a") == sha256_of_file(tmp_path / "a")
    with pytest.raises(UserError, match="gone: can't be read: No such file"):
        quick_mark(tmp_path / "gone")


def test_a_large_file_is_marked_without_being_read_once_it_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate((64 << 20) + 1)  # sparse: it takes no room
    assert quick_mark(path) is None
    monkeypatch.setattr(digests, "_SETTLED_SECONDS", 0.0)
    mark = quick_mark(path)
    assert mark is not None
    assert quick_mark(path) == mark
    # Another of the same size and time of writing is another still.
    times = path.stat()
    path.write_bytes(path.read_bytes()[:-1] + b"1")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert quick_mark(path) != mark
