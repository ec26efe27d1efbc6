"""How long a board of a thousand entries may take to open, to show and to filter.

Without a browser in seconds of one processor; with one by the clock, less what a page takes that
has nothing but a title and is opened in turn with it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ENTRIES = 1_000


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from board import write_boards

    return write_boards([ENTRIES], tmp_path_factory.mktemp("boards"))[ENTRIES]


def test_a_visit_and_a_filter_take_less_than_two_seconds_of_the_server(board: Path) -> None:
    from board import script_seconds

    taken = script_seconds(board)
    assert taken["a visit"].cpu < 2
    assert taken["a filter"].cpu < 2


def test_a_browser_shows_and_filters_the_board_within_two_seconds_of_an_empty_page(
    board: Path,
) -> None:
    pytest.importorskip("playwright")
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        pytest.skip("needs chromium on PATH: apt-get install chromium")
    from board import browser_seconds

    title, ours = browser_seconds({ENTRIES: board})
    added = float(str(ours["first paint, s"])) - float(str(title["first paint, s"]))
    assert added < 2
    assert float(str(ours["filter, s"])) < 2
