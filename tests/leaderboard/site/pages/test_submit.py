"""Uploads: what passes, what must not, and that a log is scored by the board's own rule."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

from hostile_zips import files_of, hostile_zips
from hostile_zips import zipped as zip_of
from streamlit.testing.v1 import AppTest

from leaderboard.entries import load_board, open_storage, verify_entries
from leaderboard.site.entry_details import entry_markup
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
    assert verdict.card
    numbers = {row["Number"]: row["Value [95 %]"] for row in verdict.card.figures}
    assert numbers["Accuracy"].startswith("100.0")
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


def drop(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader(key="run").set_value(("run.zip", content, "application/zip"))
    app.run()
    assert not app.exception
    return app


def test_an_upload_that_holds_gets_its_entry_and_the_next_step(
    run_page: Callable[..., AppTest], place: Any, zipped: Callable[..., bytes]
) -> None:
    app = drop(run_page("submit"), zipped(place.runs["fresh"]))
    assert "All holds" in app.success[0].value
    assert not app.warning
    assert app.download_button
    commands = app.code[0].value.splitlines()
    assert commands[0] == "omiti2v leaderboard add run --board BOARD"
    assert (
        commands[1] == "omiti2v leaderboard verify rendered/a-fresh-run --board BOARD --submitted"
    )


def test_the_preview_says_that_nobody_checked_the_videos(site: Site, place: Any) -> None:
    """The badge `responses` differs in words and look from one whose videos were judged again."""
    content = zip_of(files_of(place.runs["fresh"]))
    card = judge_upload(content, site.board, today=TODAY).card
    assert card
    assert 'class="o-badge o-badge-responses">responses: videos not checked<' in entry_markup(card)
    checked = entry_markup(replace(card, badge="videos"))
    assert 'class="o-badge o-badge-videos">videos: videos checked<' in checked


def test_differences_come_with_their_cause_and_no_next_step(
    run_page: Callable[..., AppTest], place: Any
) -> None:
    content, _ = hostile_zips(place.runs["fresh"])["forged scores"]
    app = drop(run_page("submit"), content)
    assert "scores\\.json was changed after it was written" in app.error[0].value
    assert "rescore RUN --write" in app.error[0].value
    assert not app.download_button
    assert not app.code


def test_an_upload_that_is_no_zip_is_refused(run_page: Callable[..., AppTest]) -> None:
    app = drop(run_page("submit"), b"<script>alert(1)</script>")
    assert app.error[0].value == (
        r"Refused: zip\: no zip at all; zip one run folder, as `zip -r run.zip RUN`"
    )
    assert not app.download_button
