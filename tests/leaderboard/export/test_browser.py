"""An export in a real browser, from the plainest of servers."""

from __future__ import annotations

import functools
import http.server
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leaderboard.entries import Board, load_board, open_storage
from leaderboard.export import export_board
from leaderboard.export.pages import export_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

ENTRIES = 1_000
LARGEST_PAINT = (
    "() => new Promise((done) => new PerformanceObserver((list) =>"
    " done(list.getEntries().at(-1).startTime))"
    ".observe({type: 'largest-contentful-paint', buffered: true}))"
)
Open = Callable[..., "Page"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served(place: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The exports of a hostile board and of one with a thousand entries, on a port."""
    root = tmp_path_factory.mktemp("served")
    export_board(load_board(open_storage(place.board)), root / "hostile")
    export_board(load_board(open_storage(many(root / "board"))), root / "many")
    handler = functools.partial(Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def many(folder: Path) -> Path:
    """A thousand entries, copies of twenty under other names."""
    from lab.benchmarks.made_boards import read_edition, write_board

    write_board(folder, read_edition(), entries=20, logs=False)
    made = sorted((folder / "entries" / "open").glob("model-*"))
    for number in range(len(made), ENTRIES):
        copy = shutil.copytree(
            made[number % len(made)], folder / "entries" / "open" / f"model-{number:04}"
        )
        run = json.loads((copy / "run.json").read_text())
        run["submission"]["name"] = f"model {number:04}"
        (copy / "run.json").write_text(json.dumps(run))
    return folder


@pytest.fixture
def open_page(browser: Browser, served: str) -> Iterator[Open]:
    """Opens a page of an export; what it complains of, or asks others for, is kept in `strange`."""
    contexts = []

    def open_(path: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.strange = []  # type: ignore[attr-defined]
        strange = page.strange  # type: ignore[attr-defined]
        page.on("console", lambda message: strange.append(message.text))
        page.on(
            "request",
            lambda request: (
                strange.append(request.url)
                if not request.url.startswith(f"{served}/") or ".html" not in request.url
                else None
            ),
        )
        page.goto(f"{served}/{path}")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def board(place: Any) -> Board:
    return load_board(open_storage(place.board))


def test_a_thousand_entries_are_painted_within_a_second(open_page: Open) -> None:
    page = open_page("many/index.html")
    assert page.evaluate(LARGEST_PAINT) < 1_000
    assert page.locator("tr.is-responses").count() == ENTRIES
    size = page.evaluate("() => document.documentElement.outerHTML.length")
    rows = page.evaluate(
        "() => [...document.querySelectorAll('tbody')].reduce((n, e) => n + e.outerHTML.length, 0)"
    )
    assert size - rows < 300_000
    assert page.strange == []  # type: ignore[attr-defined]


def test_the_words_are_those_of_the_board(open_page: Open, board: Board) -> None:
    for made in export_pages(board):
        page = open_page(f"hostile/{made.name}.html")
        said = page.locator(".o-lead p").all_text_contents()
        assert " ".join(map(str.strip, said)) == made.headline.text
        names = page.locator(".o-name").all_text_contents()
        assert names == [row.title for row in made.table.rows]


def test_hostile_entries_do_no_harm(open_page: Open) -> None:
    page = open_page("hostile/index.html")
    assert page.evaluate("() => window.hacked === undefined")
    assert page.strange == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pages_fit_their_screen_and_axe_finds_no_fault(
    open_page: Open, board: Board, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for made in export_pages(board):
        page = open_page(
            f"hostile/{made.name}.html",
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
            bypass_csp=True,  # axe is a script, and the page allows none
        )
        page.locator("th details summary").first.click()
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
        found = axe.run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []


def test_the_address_of_an_entry_shows_it(open_page: Open) -> None:
    page = open_page("hostile/index.html#wan-base")
    row = page.locator("tr:target")
    assert row.locator(".o-name").text_content() == "Wan base"
    assert row.evaluate("(e) => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"
