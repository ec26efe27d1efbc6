"""A person at the keyboard: the served page in Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit_pages import settle
from streamlit_visitors import served

from omiti2v.reviews.people import read_person, standing_answers
from omiti2v.runs import Run

pytestmark = pytest.mark.slow

PATIENCE = 30_000

Serve = Callable[..., str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `omiti2v data review` on a free port; the link that it prints."""
    with ExitStack() as started:
        yield (
            lambda *options: (
                started.enter_context(served(tmp_path, "data", "review", *options)).link
            )
        )


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_(url: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()


def press(page: Page, key: str, *, answered: int) -> None:
    """Press a key and wait until the page says how many are answered."""
    # A key that comes before its button is drawn does nothing.
    expect(page.get_by_role("button", name="Yes")).to_be_enabled()
    page.wait_for_timeout(300)
    page.keyboard.press(key)
    expect(page.get_by_text(f" {answered} of ")).to_be_visible()
    settle(page)


def asked(page: Page) -> str:
    return page.locator(".r-question").inner_text()


def test_a_reviewer_answers_ten_undoes_one_reloads_and_goes_on(
    serve: Serve, open_page: Callable[..., Page], annotations: Path
) -> None:
    url = serve("--name", "ada", "--annotations", str(annotations))
    page = open_page(url)
    seen = []
    for number, key in enumerate("ynuynynyny", start=1):
        seen.append(asked(page))
        press(page, key, answered=number)
    page.keyboard.press("z")
    expect(page.get_by_text(" 9 of ")).to_be_visible()
    settle(page)
    assert asked(page) == seen[-1]
    page.reload()
    settle(page)
    expect(page.get_by_text(" 9 of ")).to_be_visible()
    assert asked(page) == seen[-1]
    press(page, "n", answered=10)
    rows = read_person(annotations / "reviews" / "ada.jsonl")
    assert [row.answer for row in rows] == [
        *("yes", "no", "unclear", "yes", "no", "yes", "no", "yes", "no", "yes"),
        "withdrawn",
        "no",
    ]
    assert len(standing_answers(rows)) == 10


def test_keys_in_the_comment_are_letters_and_the_comment_goes_with_the_answer(
    serve: Serve, open_page: Callable[..., Page], annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    field = page.get_by_label("Comment")
    field.click()
    page.keyboard.type("any sun so yes nuzs")
    page.keyboard.press("Tab")
    settle(page)
    press(page, "u", answered=1)
    (row,) = read_person(annotations / "reviews" / "ada.jsonl")
    assert (row.answer, row.note) == ("unclear", "any sun so yes nuzs")
    expect(page.get_by_label("Comment")).to_have_value("")


def test_a_key_pressed_twice_at_once_answers_one_question(
    serve: Serve, open_page: Callable[..., Page], annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    page.evaluate(
        """() => { for (let i = 0; i < 2; i++) for (const type of ["keydown", "keyup"])
        document.body.dispatchEvent(new KeyboardEvent(type,
            {key: "y", code: "KeyY", keyCode: 89, bubbles: true})); }"""
    )
    expect(page.get_by_text(" 1 of ")).to_be_visible()
    page.wait_for_timeout(1500)
    settle(page)
    expect(page.get_by_text(" 1 of ")).to_be_visible()


def test_two_windows_and_a_killed_server_lose_nothing(
    serve: Serve, open_page: Callable[..., Page], annotations: Path
) -> None:
    options = ("--name", "ada", "--annotations", str(annotations))
    url = serve(*options)
    one, other = open_page(url), open_page(url)
    assert asked(one) == asked(other)
    press(one, "y", answered=1)
    press(other, "n", answered=1)  # the same question, from a window that was left behind
    press(other, "n", answered=2)
    path = annotations / "reviews" / "ada.jsonl"
    with path.open("ab") as file:
        file.write(b'{"reviewer": "ada", "ki')  # a server killed in mid-write
    again = open_page(serve(*options))
    expect(again.get_by_text(" 2 of ")).to_be_visible()
    press(again, "y", answered=3)
    assert [row.answer for row in read_person(path)] == ["yes", "no", "no", "yes"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_and_shows_markup_as_text(
    serve: Serve, open_page: Callable[..., Page], hostile: Path, width: int, scheme: str
) -> None:
    url = serve("--name", "ada", "--annotations", str(hostile))
    page = open_page(url, viewport={"width": width, "height": 844}, color_scheme=scheme)
    for number in range(1, 5):  # then the prompt is shown too
        press(page, "y", answered=number)
    expect(page.locator(".r-prompt")).to_contain_text("<script>")
    assert "<img" in asked(page)
    assert page.evaluate("() => window.hacked === undefined")
    assert page.locator("img[onerror]").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert page.get_by_role("button", name="Unclear").is_visible()


def test_a_judge_is_re_checked_on_the_videos_of_a_run(
    serve: Serve, open_page: Callable[..., Page], run: Run, videos: Path
) -> None:
    options = ("--run", str(run.paths.folder), "--videos", str(videos))
    page = open_page(serve("--name", "eve", *options))
    expect(page.locator("video")).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    assert page.locator(".r-prompt").count() == 0
    first = asked(page)
    press(page, "y", answered=1)
    assert asked(page) != first
    (row,) = read_person(run.paths.folder / "reviews" / "eve.jsonl")
    assert (row.form, row.answer) == ("video", "yes")
    page.get_by_role("link", name="Summary").click()
    expect(page.get_by_text("shown from 20 re-checked answers on")).to_be_visible()
