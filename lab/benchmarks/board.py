"""What a board of many entries costs: opening it, a page, a filter, and a browser's first paint.

Usage: python -m lab.benchmarks.board [--entries 10 100 1000] [--boards FOLDER] [--browser] [--json]

Every number stands beside that of a page that has nothing but a title, measured in the same minute:
what is left is ours. `--browser` needs chromium on PATH and playwright. `--boards` keeps the
made-up boards for the next time.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from streamlit.testing.v1 import AppTest

from lab.benchmarks.made_boards import read_edition, write_board
from lab.benchmarks.measuring import (
    Seconds,
    benchmark_parser,
    fastest,
    print_rows,
    stage_row,
    timed,
)
from leaderboard.entries import load_board, make_table, open_storage
from leaderboard.site.server import SITE_APP, server_options
from leaderboard.site.settings import Settings, hand_over
from leaderboard.site.state import Site

TRIVIAL = """import streamlit as st
st.title("Nothing")
st.dataframe({"column": list(range(10))})
"""
ROUNDS = 3
_PATIENCE = 120_000
_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def write_boards(counts: list[int], place: Path) -> dict[int, Path]:
    """A board of each size; their logs are empty, as nobody reads them."""
    edition = read_edition()
    return {
        number: write_board(place / str(number), edition, entries=number, logs=False)
        for number in counts
    }


def open_seconds(folder: Path) -> dict[str, Seconds]:
    """What opening a board takes, by stage."""

    board, read = timed(lambda: load_board(open_storage(folder)))
    (key,) = board.tables
    _, rank = timed(lambda: make_table(board, key))
    site = Site(Settings(str(folder)))
    site.table(key)
    _, view = timed(lambda: site.view(key))
    return {"read the entries": read, "rank them": rank, "prepare the page": view}


def _app_test(folder: Path | None) -> AppTest:
    if folder is None:
        return AppTest.from_string(TRIVIAL, default_timeout=300)
    hand_over(Settings(str(folder)))
    return AppTest.from_file(str(SITE_APP), default_timeout=300)


def script_seconds(folder: Path | None) -> dict[str, Seconds]:
    """What a run of the page's script takes on an opened board: the first visit, and a filter.

    Args:
        folder: The board; None for the page that has only a title.
    """
    _app_test(folder).run()  # the first run of all loads code, as the server does at its start
    app = _app_test(folder)
    visit = fastest(lambda: _app_test(folder).run())
    if folder is None:
        return {"a visit": visit, "a filter": fastest(app.run().run)}
    app.session_state["filters opened"] = True
    app.run()
    assert not app.exception, app.exception
    words = iter(f"model 000{number}" for number in range(9))
    return {
        "a visit": visit,
        "a filter": fastest(lambda: app.text_input(key="words").set_value(next(words)).run()),
    }


@contextmanager
def served(folder: Path | None) -> Iterator[tuple[str, psutil.Process]]:
    """The site over a board, or the page that has only a title, and the server's process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        if folder is None:
            script = Path(home) / "trivial.py"
            script.write_text(TRIVIAL)
            command = ["streamlit", "run", str(script)]
            for name, value in server_options(address="127.0.0.1", port=port).items():
                if not isinstance(value, list):
                    command.append(f"--{name.replace('_', '.')}={value}")
        else:
            command = ["omiti2v", "leaderboard", "serve", "--port", str(port), "--board"]
            command.append(str(folder))
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": home},
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own server)
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("the server did not start")


def browser_seconds(folders: dict[int, Path]) -> list[dict[str, object]]:
    """First paint and filter in Chromium, the sizes and the trivial page taking turns.

    Raises:
        RuntimeError: There is no chromium, or a server does not start.
    """
    from contextlib import ExitStack

    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RuntimeError("needs chromium on PATH")
    taken = []
    with ExitStack() as stack:
        sites = {
            number: stack.enter_context(served(folder))
            for number, folder in [(0, None), *folders.items()]
        }
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=_ARGUMENTS
        )
        stack.callback(browser.close)
        for round_number in range(ROUNDS + 1):
            for number, (url, process) in sites.items():
                # A context of its own has an empty cache, as a new visitor has.
                page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
                page.set_default_timeout(_PATIENCE)
                cpu, start = sum(process.cpu_times()[:2]), time.perf_counter()
                page.goto(url)
                page.locator("h1").first.wait_for()
                seen: dict[str, float | None] = {"first paint, s": time.perf_counter() - start}
                table = ".o-board" if number else '[data-testid="stDataFrame"] canvas'
                page.locator(table).first.wait_for()
                seen["table, s"] = time.perf_counter() - start
                seen["server, processor s"] = sum(process.cpu_times()[:2]) - cpu
                seen["filter, s"] = _filter_seconds(page) if number else None
                page.context.close()
                if round_number:  # the first of each warms its server up
                    name = f"{number} entries" if number else "a title and ten rows"
                    taken.append({"page": name, **seen})
    least = pd.DataFrame(taken).groupby("page", sort=False, as_index=False).min()
    return [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in least.to_dict("records")
    ]


def _filter_seconds(page: Any) -> float:
    page.get_by_text("Filter, order and columns").click()
    words = page.get_by_label("Words in the name")
    words.fill("model 0003")
    start = time.perf_counter()
    words.press("Enter")
    page.get_by_text("1 entry, 1 ranked").wait_for()
    return time.perf_counter() - start


def measure(folders: dict[int, Path]) -> list[dict[str, object]]:
    """The rows of the table without a browser."""
    trivial = script_seconds(None).items()
    rows = [stage_row(f"{what}, a title and ten rows", 0, seconds) for what, seconds in trivial]
    for number, folder in folders.items():
        taken = open_seconds(folder) | script_seconds(folder)
        rows += [stage_row(what, number, seconds) for what, seconds in taken.items()]
    return rows


def main() -> None:
    parser = benchmark_parser(__doc__, entries=True)
    parser.add_argument("--boards", type=Path)
    parser.add_argument("--browser", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folders = write_boards(arguments.entries, arguments.boards or Path(folder))
        rows = browser_seconds(folders) if arguments.browser else measure(folders)
    print_rows(rows, as_json=arguments.json, note=f"The least of {ROUNDS} runs each.")


if __name__ == "__main__":
    main()
