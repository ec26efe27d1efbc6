"""Every page as Streamlit runs it, without a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.site.pages import find_pages
from leaderboard.site.server import SITE_APP
from leaderboard.site.settings import Settings, hand_over
from leaderboard.site.state import Site

PAGES = [page.name for page in find_pages()]


@pytest.fixture
def run_page(place: Any) -> Callable[..., AppTest]:
    """Runs the page of a name on the test board, or on another folder."""

    def run(page: str, *, board: Path | None = None, **query: str) -> AppTest:
        hand_over(replace(place.settings, board=str(board)) if board else place.settings)
        script = (
            f"from leaderboard.site.pages import {page}\n"
            "from leaderboard.site.settings import Settings, read_settings\n"
            "from leaderboard.site.state import open_site\n"
            f"{page}.render(open_site(read_settings(Settings)))\n"
        )
        app = AppTest.from_string(script, default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return run


@pytest.fixture
def empty_board(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success, app.text)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


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
    assert page in ("about", "submit") or "no entries yet" in texts(app)


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


def test_the_board_with_most_judged_entries_is_shown_first(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("board")
    # Four with logs, which can be ranked, before eight published rows, which can't.
    assert app.selectbox(key="edition").value == "rendered"


@pytest.mark.parametrize("entry", ["official/framepack", "framepack"])
def test_the_address_of_an_entry_alone_leads_to_its_edition(
    run_page: Callable[..., AppTest], entry: str
) -> None:
    app = run_page("board", entry=entry)
    assert app.selectbox(key="edition").value == "official"
    assert app.selectbox(key="entry").value == "official/framepack"


def test_the_address_of_an_unknown_entry_alone_shows_the_first_board(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("board", entry="gone")
    assert app.selectbox(key="edition").value == "rendered"
    assert "names an entry that is not in this table" in texts(app)


def test_the_board_follows_edition_and_entry_of_the_address(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("board", edition="rendered", entry="rendered/wan-base")
    assert app.selectbox(key="edition").value == "rendered"
    assert app.selectbox(key="entry").value == "rendered/wan-base"
    assert any("Wan base" in str(block.value) for block in app.markdown)


def test_an_address_with_an_unknown_entry_is_told(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered", entry="rendered/gone")
    assert "names an entry that is not in this table" in texts(app)


def test_words_filter_the_table(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered")
    assert len(app.dataframe[0].value) == 4
    assert not app.text_input, "controls that stand folded are not drawn"
    app.session_state["filters opened"] = True
    app.run()
    app.text_input(key="words").set_value("alignvid").run()
    assert list(app.dataframe[0].value["Entry"]) == ["Wan + AlignVid"]
    app.text_input(key="words").set_value("nothing like it").run()
    assert "No entry fits" in texts(app)


def test_broken_entries_are_named_and_the_rest_is_shown(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered")
    assert any("broken-one" in text.value for text in app.text)


def test_the_judges_measured_error_is_shown(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered")
    labels = [expander.label.replace("\\", "") for expander in app.expander]
    assert any("96.7" in label for label in labels)
    assert any(text.value.startswith("false yes: 2.0") for text in app.text)


def test_every_answer_of_an_entry_can_be_looked_at(run_page: Callable[..., AppTest]) -> None:
    app = run_page("board", edition="rendered", entry="rendered/wan-base")
    app.toggle(key="answers rendered/wan-base").set_value(True).run()
    answers = app.dataframe[-1].value
    assert len(answers) == 24 * 4
    assert set(answers["Answer"]) == {"yes", "no"}


def test_published_numbers_have_empty_states_instead_of_charts(
    run_page: Callable[..., AppTest],
) -> None:
    app = run_page("charts", edition="official")
    assert "Published numbers come without intervals" in texts(app)
    assert "Needs logs" in texts(app)


def test_compare_says_why_published_numbers_can_t_be(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="official")
    assert "needs two entries with a log" in texts(app)


def test_compare_holds_the_baseline_against_the_first(run_page: Callable[..., AppTest]) -> None:
    app = run_page("compare", edition="rendered")
    assert app.selectbox(key="first").value == "rendered/wan-base"
    assert "McNemar" in texts(app)


def test_samples_filter_and_turn_pages(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="rendered")
    assert "24 of 24 samples" in texts(app)
    app.multiselect(key="category").set_value(["deletion"]).run()
    assert "8 of 24 samples" in texts(app)
    app.text_input(key="sample words").set_value("number 13").run()
    assert "1 of 24 samples" in texts(app)


def test_a_sample_has_an_address_of_its_own(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="rendered", sample="s005")
    rights = dict(
        zip(app.dataframe[0].value["Entry"], app.dataframe[0].value["Right"], strict=True)
    )
    assert rights["Wan base"] == "2 of 4"
    assert rights["Half a run"] == "4 of 4"


def test_samples_of_published_numbers_are_not_known(run_page: Callable[..., AppTest]) -> None:
    app = run_page("samples", edition="official")
    assert "their samples are not on this board" in texts(app)


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


def test_the_board_does_not_wait_for_the_library_of_the_charts() -> None:
    code = (
        "import sys, leaderboard.site.pages.board as board\n"
        "sys.exit('altair' in sys.modules or not board.render)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
