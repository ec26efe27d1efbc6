"""Uploads: what passes, what must not, and that a log is scored by the board's own rule."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hostile_zips import hostile_zips
from streamlit.testing.v1 import AppTest

from leaderboard.entries import load_board, open_storage, verify_entries
from leaderboard.site.pages.submit import judge_upload
from leaderboard.site.state import Site

TODAY = date(2026, 5, 6)


def test_a_whole_run_gets_an_entry_that_verifies_on_the_board(
    site: Site, place: Any, zipped: Callable[..., bytes], tmp_path: Any
) -> None:
    verdict = judge_upload(
        zipped(place.runs["fresh"]), site.board, today=TODAY, note="hello", open_weights=True
    )
    assert verdict.refused is None
    assert verdict.id == "rendered/a-fresh-run"
    assert dict(verdict.numbers)["Accuracy"].startswith("100.0")
    assert verdict.package
    import shutil

    shutil.copytree(place.board, tmp_path / "board")
    with zipfile.ZipFile(BytesIO(verdict.package)) as archive:
        archive.extractall(tmp_path / "board")
    board = load_board(open_storage(tmp_path / "board"))
    assert not verify_entries(board, [board.by_id["rendered/a-fresh-run"]], submitted=True)
    assert board.by_id["rendered/a-fresh-run"].info.note == "hello"


def test_a_run_that_is_on_the_board_already_is_refused(
    site: Site, place: Any, zipped: Callable[..., bytes]
) -> None:
    verdict = judge_upload(zipped(place.runs["base"]), site.board, today=TODAY)
    assert verdict.refused and "on the board already" in verdict.refused


def test_forged_scores_are_listed_and_nothing_is_handed_out(site: Site, place: Any) -> None:
    content, _ = hostile_zips(place.runs["fresh"])["forged scores"]
    verdict = judge_upload(content, site.board, today=TODAY)
    assert [(row.what, row.stated) for row in verdict.differences] == [("accuracy", "0.123")]
    assert verdict.package is None


NAMES = (
    "no zip",
    "a bomb",
    "a path upwards",
    "an absolute path",
    "a link",
    "an archive within",
    "two runs",
    "not a number",
    "deep JSON",
    "an unknown field",
    "a forged judge",
    "another edition",
)


@pytest.mark.parametrize("name", NAMES)
def test_hostile_uploads_are_refused_in_one_line_without_a_path_of_the_server(
    site: Site, place: Any, name: str
) -> None:
    content, reason = hostile_zips(place.runs["fresh"])[name]
    verdict = judge_upload(content, site.board, today=TODAY)
    assert verdict.refused and reason in verdict.refused
    assert "\n" not in verdict.refused
    assert "omiti2v-upload" not in verdict.refused
    assert verdict.package is None


def test_an_upload_that_holds_gets_its_entry(
    run_page: Callable[..., AppTest], place: Any, zipped: Callable[..., bytes]
) -> None:
    app = run_page("submit")
    app.file_uploader(key="run").set_value(
        ("run.zip", zipped(place.runs["fresh"]), "application/zip")
    )
    app.run()
    assert "All holds" in app.success[0].value
    assert app.download_button


def test_an_upload_that_is_no_zip_is_refused(run_page: Callable[..., AppTest]) -> None:
    app = run_page("submit")
    app.file_uploader(key="run").set_value(
        ("run.zip", b"<script>alert(1)</script>", "application/zip")
    )
    app.run()
    assert app.error[0].value.startswith("Refused: ")
    assert not app.download_button
