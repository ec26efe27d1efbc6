"""Every page as Streamlit runs it, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_texts import texts_of
from streamlit.testing.v1 import AppTest

from leaderboard.site.pages import find_pages
from leaderboard.site.server import SITE_APP
from leaderboard.site.settings import Settings, hand_over
from leaderboard.site.state import Site

PAGES = [page.name for page in find_pages()]


@pytest.fixture
def empty_board(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_each_page_comes_up_without_a_complaint(
    run_page: Callable[..., AppTest], page: str
) -> None:
    app = run_page(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_something_to_say_on_an_empty_board(
    run_page: Callable[..., AppTest], empty_board: Path, page: str
) -> None:
    app = run_page(page, board=empty_board)
    assert not app.exception
    about_entries = ("board", "charts", "compare", "samples", "dataset")
    assert page not in about_entries or "no entries yet" in texts_of(app)


def test_the_whole_site_starts_with_the_board(place: Any) -> None:
    hand_over(place.settings)
    app = AppTest.from_file(str(SITE_APP), default_timeout=120).run()
    assert not app.exception
    assert app.title[0].value == "OmitI2V leaderboard"


def test_a_board_that_is_gone_is_told_in_one_line(tmp_path: Path) -> None:
    hand_over(Settings(str(tmp_path / "nowhere")))
    app = AppTest.from_file(str(SITE_APP), default_timeout=120).run()
    assert not app.exception
    assert "no such folder" in app.error[0].value


def test_nothing_that_visitors_do_changes_the_board(
    run_page: Callable[..., AppTest], place: Any, site: Site, zipped: Callable[..., bytes]
) -> None:
    def state() -> dict[str, float]:
        return {str(path): path.stat().st_mtime for path in place.board.rglob("*")}

    before = state()
    for page in PAGES:
        run_page(page)
    app = run_page("submit")
    app.file_uploader(key="run").set_value(
        ("run.zip", zipped(place.runs["fresh"]), "application/zip")
    )
    app.run()
    assert state() == before
