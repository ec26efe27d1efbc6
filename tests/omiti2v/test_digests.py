"""Digests that `sha256sum` gives too."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from omiti2v.digests import sha256_of_file, sha256_of_files
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
