"""`omiti2v leaderboard export`, on the board of the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.errors import UserError

Invoke = Callable[..., Any]


def test_the_board_of_the_package_is_written_and_brought_up_to_date(
    invoke: Invoke, tmp_path: Path
) -> None:
    for _ in range(2):
        done = invoke("leaderboard", "export", "-o", "pages")
        assert "open pages/index.html" in done.stdout
    text = (tmp_path / "pages" / "index.html").read_text()
    assert "has the highest published semantic average on official" in text
    assert (tmp_path / "pages/entries/known-answer/edit-done.zip").is_file()


def test_a_folder_of_others_and_a_board_that_is_not_there_are_told(
    invoke: Invoke, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty and no earlier export"):
        invoke("leaderboard", "export", "-o", ".")
    with pytest.raises(UserError, match="no such folder"):
        invoke("leaderboard", "export", "-o", "pages", "--board", "nowhere")


def test_pages_are_written_without_the_libraries_of_the_server() -> None:
    code = (
        "import sys, leaderboard.export\n"
        "sys.exit(bool({'streamlit', 'torch', 'pandas', 'altair'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
