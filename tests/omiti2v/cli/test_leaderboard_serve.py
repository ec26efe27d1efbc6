"""`omiti2v leaderboard serve`: what is wrong is told before a server starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from leaderboard.entries import load_board, open_storage
from omiti2v import load_edition
from omiti2v.cli import app
from omiti2v.cli.leaderboard_serve import _rendered
from omiti2v.errors import UserError


def test_a_board_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["leaderboard", "serve", "--board", str(tmp_path / "none")])
    assert isinstance(result.exception, UserError)
    assert "no such folder" in str(result.exception)


def test_a_folder_of_videos_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["leaderboard", "serve", "--videos", str(tmp_path / "none")])
    assert isinstance(result.exception, UserError)
    assert str(tmp_path / "none") in str(result.exception)


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_a_wrong_port_is_bad_usage(port: str) -> None:
    assert CliRunner().invoke(app, ["leaderboard", "serve", "--port", port]).exit_code == 2


def test_what_is_rendered_is_what_the_packaged_entries_are_about(tmp_path: Path) -> None:
    (folder,) = _rendered(tmp_path, with_videos=False)
    edition = load_edition(folder)
    entries = load_board(open_storage()).entries
    about = {e.edition.fingerprint for e in entries if e.edition and e.folder == "known-answer"}
    assert about == {edition.fingerprint}
    assert all(edition.image_path(sample).is_file() for sample in edition.samples)
