"""A person at the keyboard: the served page in Chromium."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from streamlit_visitors import Served, served

from omiti2v.editions import Edition
from omiti2v.reviews.people import read_person, standing_answers
from omiti2v.runs import Run

pytestmark = pytest.mark.slow

PATIENCE = 30_000
SLOW_MEDIA = """const real = window.fetch; window.fetch = async (url, options) => {
    if (String(url).startsWith("/media/")) await new Promise((go) => setTimeout(go, 400));
    return real(url, options); }"""
SAYS = {"y": "yes", "n": "no", "u": "unclear"}

Serve = Callable[..., Served]
OpenPage = Callable[..., Page]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `omiti2v data review` on a free port."""
    with ExitStack() as started:
        yield lambda *options: started.enter_context(served(tmp_path, "data", "review", *options))


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a link; what the page complains of, or asks of others, is kept in `strange`."""
    contexts = []

    def open_(found: Served, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(found.link)  # goes on to the page by itself
        expect(page.get_by_role("button", name="Yes")).to_be_enabled()
        strange: list[str] = []
        page.strange = strange  # type: ignore[attr-defined]
        page.on("console", lambda message: strange.append(message.text))
        page.on("pageerror", lambda error: strange.append(str(error)))
        allowed = (found.url, f"blob:{found.url}", "data:,")
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(allowed) else strange.append(request.url)
            ),
        )
        page.reload()
        expect(page.get_by_role("button", name="Yes")).to_be_enabled()
        return page

    yield open_
    for context in contexts:
        context.close()


def asked(page: Page) -> str:
    return page.locator("#question").inner_text()


def press(page: Page, keys: str, *, every: float = 150) -> None:
    """Press keys at a steady pace, whatever the page does meanwhile."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(every)


def answered(page: Page, number: int) -> None:
    """Wait until so many are answered and saved."""
    expect(page.locator("#count")).to_contain_text(f" {number} of ")
    expect(page.locator("#unsaved")).to_have_text("All saved")


@pytest.mark.parametrize("every", [100, 250, 500])
def test_every_key_answers_the_question_that_it_was_pressed_on(
    serve: Serve,
    open_page: OpenPage,
    tmp_path: Path,
    make_edition: Callable[..., Edition],
    every: int,
) -> None:
    folder = tmp_path / "twelve"
    make_edition(folder, count=12)
    page = open_page(serve("--name", "ada", "--annotations", str(folder)))
    page.add_init_script(SLOW_MEDIA)
    page.reload()
    expect(page.get_by_role("button", name="Yes")).to_be_enabled()
    page.wait_for_timeout(500)
    told = page.evaluate("async () => (await (await fetch('/questions')).json()).questions")
    keys = "ynuynnyuynuy" * (4 if every == 100 else 1)
    press(page, keys, every=every)
    answered(page, len(keys))
    rows = read_person(folder / "reviews" / "ada.jsonl")
    assert ["/".join(row.key) for row in rows] == [row["id"] for row in told[: len(keys)]]
    assert [row.answer for row in rows] == [SAYS[key] for key in keys]
    assert page.locator("#problems").is_hidden()
    assert page.strange == []  # type: ignore[attr-defined]


def test_a_reviewer_answers_ten_undoes_two_reloads_and_goes_on(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    seen = []
    for number, key in enumerate("ynuynynyny", start=1):
        seen.append(asked(page))
        press(page, key)
        answered(page, number)
    press(page, "zz")
    answered(page, 8)
    assert asked(page) == seen[-2]
    press(page, "n")
    assert asked(page) == seen[-1]
    page.reload()
    answered(page, 9)
    page.wait_for_timeout(300)
    assert asked(page) == seen[-1]
    press(page, "n")
    answered(page, 10)
    rows = read_person(annotations / "reviews" / "ada.jsonl")
    assert [row.answer for row in rows[8:]] == ["no", "yes", "withdrawn", "withdrawn", "no", "no"]
    assert len(standing_answers(rows)) == 10


def test_a_skipped_question_comes_last_and_the_end_is_told(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations), "--limit", "1"))
    first = asked(page)
    press(page, "s")
    assert asked(page) != first
    page.get_by_role("link", name="Summary").click()
    page.get_by_role("link", name="Back to the questions").click()
    expect(page.get_by_role("button", name="Yes")).to_be_enabled()
    press(page, "y" * 7)
    assert asked(page) == first  # though the page was left meanwhile
    press(page, "y")
    answered(page, 8)
    expect(page.get_by_text("Everything is answered. Thank you.")).to_be_visible()
    press(page, "y")
    expect(page.get_by_role("status")).to_have_text("Everything is answered.")
    press(page, "z")
    assert asked(page) == first
    answered(page, 7)


def test_keys_in_the_comment_are_letters_and_the_comment_goes_with_the_answer(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    field = page.get_by_label("Comment")
    field.click()
    page.keyboard.type("any sun so yes nuzs")
    page.keyboard.press("Enter")
    press(page, "u")
    answered(page, 1)
    expect(field).to_have_value("")
    press(page, "z")
    expect(field).to_have_value("any sun so yes nuzs")
    press(page, "n")
    answered(page, 1)
    rows = read_person(annotations / "reviews" / "ada.jsonl")
    note = "any sun so yes nuzs"
    assert [(row.answer, row.note) for row in rows] == [
        ("unclear", note),
        ("withdrawn", None),
        ("no", note),
    ]


def test_with_the_keyboard_alone_every_control_is_reached_and_works(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("() => document.activeElement.id || 'Summary'"))
    assert reached == ["Summary", "y", "n", "u", "note", "s"]  # nothing to undo yet
    page.get_by_role("button", name="Unclear").focus()
    page.keyboard.down("Enter")
    for _ in range(5):
        page.keyboard.down("Enter")  # held down, which repeats
    page.keyboard.up("Enter")
    answered(page, 1)
    for key in ("Control+y", "Alt+n", "x"):
        page.keyboard.press(key)
    page.keyboard.down("n")
    for _ in range(5):
        page.keyboard.down("n")
    page.keyboard.up("n")
    answered(page, 2)
    rows = read_person(annotations / "reviews" / "ada.jsonl")
    assert [row.answer for row in rows] == ["unclear", "no"]


def test_a_key_that_came_before_its_question_was_seen_is_ignored_and_said(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    # Both at once, as when the page was busy: the second was meant for the first question too.
    page.evaluate(
        """() => { for (let i = 0; i < 2; i++) document.body.dispatchEvent(
            new KeyboardEvent("keydown", {key: "y", code: "KeyY", bubbles: true})); }"""
    )
    answered(page, 1)
    expect(page.get_by_role("status")).to_contain_text("Y was not taken: it came before")
    press(page, "y")
    answered(page, 2)


def test_a_picture_that_is_gone_is_told_not_asked_about_and_looked_for_again(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    page = open_page(serve("--name", "ada", "--annotations", str(annotations)))
    pictures = {path: path.read_bytes() for path in (annotations / "images").iterdir()}
    for path in pictures:
        path.unlink()
    page.reload()
    expect(page.locator("#stage")).to_contain_text("No such file")
    expect(page.get_by_role("button", name="Yes")).to_be_disabled()
    press(page, "y")
    expect(page.get_by_role("status")).to_contain_text("Y was not taken: what the question is")
    first = asked(page)
    press(page, "s")
    assert asked(page) != first
    for path, content in pictures.items():
        path.write_bytes(content)
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(page.get_by_role("button", name="Yes")).to_be_enabled()
    press(page, "y")
    answered(page, 1)


def test_what_was_answered_while_the_server_was_away_is_kept_and_sent(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    found = serve("--name", "ada", "--annotations", str(annotations))
    page = open_page(found)
    press(page, "y")
    answered(page, 1)
    lost: list[str] = []

    def lose(route: Route) -> None:  # the answer arrives, the server's word does not
        lost.append(route.fetch().text())
        route.abort()

    page.route("**/answers", lose, times=1)
    press(page, "n")
    expect(page.get_by_role("status")).to_contain_text("The server does not answer")
    os.kill(found.process, signal.SIGSTOP)
    try:
        press(page, "uyn")
        expect(page.locator("#unsaved")).to_contain_text("not saved yet")
        page.on("dialog", lambda dialog: dialog.dismiss())
        with page.expect_event("dialog") as warned:
            page.evaluate("() => { location.href = '/summary'; }")
        assert warned.value.type == "beforeunload"
    finally:
        os.kill(found.process, signal.SIGCONT)
    answered(page, 5)
    rows = read_person(annotations / "reviews" / "ada.jsonl")
    assert [row.answer for row in rows] == ["yes", "no", "unclear", "yes", "no"]
    assert lost == ["{}"]


def test_a_page_goes_on_when_the_command_is_started_anew(
    serve: Serve, open_page: OpenPage, annotations: Path
) -> None:
    options = ("--name", "ada", "--annotations", str(annotations))
    found = serve(*options)
    page = open_page(found)
    page.route("**/answers", lambda route: route.fulfill(status=403, body="other token"))
    press(page, "yn")
    expect(page.get_by_role("status")).to_contain_text("open the link that it printed in another")
    path = annotations / "reviews" / "ada.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        file.write(b'{"reviewer": "ada", "ki')  # the first one killed in mid-write
    page.unroute("**/answers")
    answered(page, 2)
    assert [row.answer for row in read_person(path)] == ["yes", "no"]


def test_two_windows_of_one_reviewer(serve: Serve, open_page: OpenPage, annotations: Path) -> None:
    options = ("--name", "ada", "--annotations", str(annotations))
    # Two processes on the same file.
    one, other = open_page(serve(*options)), open_page(serve(*options))
    first = asked(one)
    assert asked(other) == first
    press(one, "y")
    answered(one, 1)
    press(other, "n")  # the same question, from a window that was left behind
    problem = other.get_by_role("alert")
    expect(problem).to_contain_text(first)
    expect(problem).to_contain_text('was answered "yes" before; "no" not taken')
    answered(other, 1)
    press(other, "u")
    answered(other, 2)
    other.get_by_role("button", name="Dismiss").click()
    expect(problem).to_be_hidden()
    one.evaluate("() => window.dispatchEvent(new Event('focus'))")
    answered(one, 2)
    rows = read_person(annotations / "reviews" / "ada.jsonl")
    assert [row.answer for row in rows] == ["yes", "unclear"]


def test_two_reviewers_at_once(serve: Serve, open_page: OpenPage, annotations: Path) -> None:
    pages = {
        name: open_page(serve("--name", name, "--annotations", str(annotations)))
        for name in ("ada", "bob")
    }
    for key in "yynynuyyynny":
        for page in pages.values():
            press(page, key, every=60)
    for name, page in pages.items():
        answered(page, 12)
        rows = read_person(annotations / "reviews" / f"{name}.jsonl")
        assert [row.answer for row in rows] == [SAYS[key] for key in "yynynuyyynny"]
    pages["ada"].get_by_role("link", name="Summary").click()
    expect(pages["ada"].get_by_text("ada: 12 of 24 questions answered")).to_be_visible()
    expect(pages["ada"].get_by_role("rowheader", name="ada and bob").first).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_shows_markup_as_text_and_axe_finds_no_fault(
    serve: Serve, open_page: OpenPage, hostile: Path, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def check() -> None:
        found = axe.run(page).response["violations"]
        assert [(row["id"], [node["html"] for node in row["nodes"]]) for row in found] == []
        assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("() => window.hacked === undefined")
        assert page.locator("img[onerror]").count() == 0

    page = open_page(
        serve("--name", "ada", "--annotations", str(hostile), "--limit", "1"),
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        bypass_csp=True,  # axe is a script of another's
    )
    check()
    page.get_by_label("Comment").fill("<img src=x onerror=window.hacked=1>")
    page.get_by_role("button", name="Yes").click()
    for number, key in enumerate("ynu", start=1):  # then the prompt is shown too
        answered(page, number)
        press(page, key)
    answered(page, 4)
    expect(page.locator("#prompt")).to_contain_text("<script>")
    assert "<img" in asked(page)
    assert page.get_by_role("button", name="Unclear").is_visible()
    page.evaluate(
        "() => { const item = document.createElement('li'); item.textContent = 'x';"
        " document.querySelector('#problems ul').append(item);"
        " document.querySelector('#problems').hidden = false; }"
    )
    check()
    press(page, "ynyu")
    answered(page, 8)
    check()
    page.get_by_role("link", name="Summary").first.click()
    expect(page.get_by_role("heading", name="Agreement with the annotation")).to_be_visible()
    check()


def test_a_judge_is_re_checked_on_the_videos_of_a_run(
    serve: Serve, open_page: OpenPage, run: Run, videos: Path
) -> None:
    options = ("--run", str(run.paths.folder), "--videos", str(videos))
    page = open_page(serve("--name", "eve", *options))
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    page.wait_for_function("() => !document.querySelector('video').paused")
    assert page.locator("#prompt").is_hidden()
    first = asked(page)
    press(page, "ynuynnyuynuy", every=100)
    answered(page, 12)
    rows = read_person(run.paths.folder / "reviews" / "eve.jsonl")
    assert (rows[0].form, rows[0].question) == ("video", first)
    assert [row.answer for row in rows] == [SAYS[key] for key in "ynuynnyuynuy"]
    page.get_by_role("link", name="Summary").first.click()
    expect(page.get_by_text("shown from 20 re-checked answers on")).to_be_visible()
    assert page.strange == []  # type: ignore[attr-defined]
