"""The whole site in a real browser: Chromium, driven over the served pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit_pages import settle

# A server, a browser and every page of it take minutes.
pytestmark = pytest.mark.slow

PATIENCE = 30_000
PAGES = ("", "charts", "compare", "samples", "dataset", "submit", "about")
EVIL_ID = "rendered/script-window-hacked-1-script-img-src-x-onerror-window-hacked-1"

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Opens a page and waits until the script has run; no request may leave this computer."""
    contexts = []

    def open_(path: str, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.strange = []  # type: ignore[attr-defined]
        page.on(
            "request",
            lambda request: (
                page.strange.append(request.url)  # type: ignore[attr-defined]
                if not request.url.startswith(
                    (server, server.replace("http", "ws"), "data:", "blob:")
                )
                else None
            ),
        )
        page.goto(f"{server}/{path}")
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()


def cells(page: Page, title: str) -> list[str]:
    """A column of the board's table."""
    table = page.locator(".o-board")
    titles = [(text or "").strip() for text in table.locator("thead th").all_text_contents()]
    column = table.locator(f"tbody tr > :nth-child({titles.index(title) + 1})")
    return [" ".join(text.split()) for text in column.all_text_contents()]


def names(page: Page) -> list[str]:
    """The names of the rows of the board's table."""
    return page.locator(".o-board .o-name").all_text_contents()


def upload(page: Page, content: bytes) -> None:
    page.locator('input[type="file"]').set_input_files(
        {"name": "run.zip", "mimeType": "application/zip", "buffer": content}
    )


def assert_harmless(page: Page) -> None:
    assert page.evaluate("() => window.hacked === undefined")
    assert page.locator("a[href^='javascript:'], a[href^='data:text']").count() == 0
    assert page.locator("img[onerror]").count() == 0
    assert page.strange == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_each_page_fits_its_screen_and_shows_no_error(
    open_page: Callable[..., Page], path: str, width: int
) -> None:
    page = open_page(f"{path}?edition=rendered", viewport={"width": width, "height": 844})
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.locator('[data-testid="stAlertContentError"]').count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    assert_harmless(page)


def test_what_the_table_says_stands_before_it_on_the_first_screen(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("?edition=rendered")
    lead, table = page.locator(".o-lead"), page.locator(".o-board")
    expect(lead).to_be_in_viewport()
    expect(lead).to_contain_text("leads on rendered")
    first, second = lead.bounding_box(), table.bounding_box()
    assert first and second and first["y"] < second["y"]


def test_the_table_is_filtered_by_words(open_page: Callable[..., Page]) -> None:
    page = open_page("?edition=rendered")
    page.get_by_text("Filter, order and columns").click()
    words = page.get_by_label("Words in the name")
    words.fill("alignvid")
    words.press("Enter")
    expect(page.get_by_text("1 entry, 1 ranked")).to_be_visible()
    settle(page)
    assert names(page) == ["Wan + AlignVid"]


def test_the_table_is_put_in_another_order(open_page: Callable[..., Page]) -> None:
    page = open_page("?edition=official")
    before = names(page)
    assert len(before) == 8
    page.get_by_text("Filter, order and columns").click()
    settle(page)
    pick(page, "Order by", "Deletion")
    settle(page)
    shown = [float(text.split()[0]) for text in cells(page, "Deletion")]
    assert shown == sorted(shown, reverse=True)
    assert sorted(names(page)) == sorted(before)


def test_the_rows_are_reached_with_the_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("?edition=official")
    page.locator(".o-board .o-name").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="FramePack-F1 + AlignVid (rerun)")).to_be_visible()


def test_rank_by_another_score_stands_in_the_address(open_page: Callable[..., Page]) -> None:
    page = open_page("?edition=rendered")
    page.get_by_role("radio", name="Negligence").or_(
        page.get_by_role("button", name="Negligence")
    ).first.click()
    expect(page.get_by_text("ranked by negligence")).to_be_visible()
    assert "by=" in page.url


def test_a_deep_link_opens_its_entry_and_survives_a_reload(open_page: Callable[..., Page]) -> None:
    page = open_page("?edition=rendered&entry=rendered/wan-alignvid")
    expect(page.get_by_role("heading", name="Wan + AlignVid")).to_be_visible()
    expect(page.get_by_text("gamma: 1.35")).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_role("heading", name="Wan + AlignVid")).to_be_visible()
    link = page.get_by_role("link", name="https://example.org/alignvid")
    assert "noopener" in (link.get_attribute("rel") or "")


def test_a_name_in_the_table_opens_the_entry_on_the_first_screen(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("?edition=official")
    page.locator(".o-board .o-name").first.click()
    heading = page.get_by_role("heading", name="Wan2.1-I2V-14B-480P + AlignVid")
    expect(heading).to_be_visible()
    assert "entry=official" in page.url


def test_hostile_texts_are_shown_letter_by_letter(open_page: Callable[..., Page]) -> None:
    page = open_page(f"?edition=rendered&entry={EVIL_ID}")
    expect(page.get_by_role("heading", name="<script>window.hacked=1</script>")).to_be_visible()
    expect(page.get_by_text("[click](javascript:window.hacked=1)").first).to_be_visible()
    assert_harmless(page)


@pytest.mark.parametrize("path", ["charts", "compare", "samples?edition=rendered&sample=s003"])
def test_hostile_names_do_no_harm_on_other_pages(open_page: Callable[..., Page], path: str) -> None:
    page = open_page(path if "?" in path else f"{path}?edition=rendered")
    if path == "charts":
        for chart in page.locator("svg.marks, canvas.marks").all()[:5]:
            chart.hover()
            page.wait_for_timeout(150)
    assert_harmless(page)


def test_charts_say_in_words_what_they_show(open_page: Callable[..., Page]) -> None:
    page = open_page("charts?edition=rendered")
    charts = page.locator('[data-testid="stVegaLiteChart"][aria-label]')
    expect(charts.first).to_be_attached()
    labels = " ".join(
        label for chart in charts.all() if (label := chart.get_attribute("aria-label"))
    )
    assert "Wan base" in labels
    assert "95 % intervals" in labels


def test_compare_plays_two_videos_as_one(open_page: Callable[..., Page]) -> None:
    page = open_page("compare?edition=rendered")
    page.get_by_role("combobox", name="Entry B, one or more").click()
    page.get_by_role("option", name="Wan + AlignVid").click()
    page.keyboard.press("Escape")
    settle(page)
    in_full = page.get_by_role("combobox", name="In full: A against")
    # A list closes where the page scrolls, so one scrolls there before opening it.
    in_full.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    in_full.click()
    page.get_by_role("option", name="Wan + AlignVid").click()
    settle(page)
    chooser = page.get_by_role("combobox", name="Sample (flipped ones first)")
    chooser.click()
    page.keyboard.type("s001")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.locator("video")).to_have_count(2)
    page.wait_for_function(
        "() => { const all = []; const walk = (n) => { n.querySelectorAll('*').forEach((e) => {"
        " if (e.tagName === 'VIDEO') all.push(e); if (e.shadowRoot) walk(e.shadowRoot); }); };"
        " walk(document); window.videos = all; return all.length === 2 &&"
        " all.every((v) => v.readyState >= 2); }"
    )
    slider = page.get_by_label("Time of all videos")
    slider.fill("500")
    page.wait_for_timeout(500)
    times = page.evaluate("() => window.videos.map((v) => v.currentTime)")
    assert times[0] == pytest.approx(times[1], abs=0.05)
    assert times[0] == pytest.approx(1.0, abs=0.2)


def test_a_whole_run_passes_and_its_entry_can_be_downloaded(
    open_page: Callable[..., Page], place: Any, zipped: Callable[..., bytes], tmp_path: Path
) -> None:
    page = open_page("submit")
    upload(page, zipped(place.runs["fresh"]))
    expect(page.get_by_text("All holds")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the entry").click()
    waiting.value.save_as(tmp_path / "entry.zip")
    assert b"entries/rendered/a-fresh-run/entry.json" in (tmp_path / "entry.zip").read_bytes()


def test_hostile_uploads_are_refused_and_the_server_lives_on(
    open_page: Callable[..., Page], place: Any
) -> None:
    from hostile_zips import hostile_zips

    for name, (content, reason) in hostile_zips(place.runs["fresh"]).items():
        page = open_page("submit")
        upload(page, content)
        alert = page.locator('[data-testid="stAlertContentError"]')
        expect(alert, name).to_contain_text(reason)
        assert page.get_by_role("button", name="Download the entry").count() == 0, name
        assert_harmless(page)
        page.close()
    assert open_page("").locator("h1").count() == 1


def test_an_upload_is_seen_by_nobody_else(
    open_page: Callable[..., Page], place: Any, zipped: Callable[..., bytes]
) -> None:
    mine = open_page("submit")
    upload(mine, zipped(place.runs["fresh"]))
    expect(mine.get_by_text("All holds")).to_be_visible()
    theirs = open_page("submit")
    expect(theirs.get_by_text("No file yet")).to_be_visible()
    assert theirs.get_by_text("a-fresh-run").count() == 0


def test_a_table_is_downloaded_as_csv_without_formulas(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page("?edition=rendered")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    waiting.value.save_as(tmp_path / "board.csv")
    text = (tmp_path / "board.csv").read_text()
    assert "rendered/wan-base" in text
    assert "'=1+1" in text


def pick(page: Page, label: str, *options: str) -> None:
    """Choose from a list, as a reader does."""
    control = page.get_by_role("combobox", name=label, exact=True)
    # A list closes where the page scrolls, so one scrolls there before opening it.
    control.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    control.click()
    for option in options:
        page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Tab")  # Escape would take the choice back
    settle(page)


def write(page: Page, label: str, words: str) -> None:
    page.get_by_label(label).fill(words)
    page.keyboard.press("Enter")
    settle(page)


def filter_board(page: Page) -> None:
    page.get_by_role("radio", name="Accuracy").or_(
        page.get_by_role("button", name="Accuracy")
    ).first.click()
    settle(page)
    page.get_by_text("Filter, order and columns").click()
    settle(page)
    write(page, "Words in the name", "wan")
    pick(page, "Order by", "Success")
    page.get_by_text("Smallest first").click()
    settle(page)


def compare_others(page: Page) -> None:
    pick(page, "Entry A", "Wan + AlignVid")
    pick(page, "Entry B, one or more", "Half a run")
    pick(page, "In full: A against", "Half a run")
    pick(page, "Sample (flipped ones first)", "s005")


def choose_charts(page: Page) -> None:
    pick(page, "Entries (none chosen: the first 25)", "Wan base", "Half a run")
    pick(page, "Score", "Negligence")
    page.get_by_role("radio", name="Question dimension").or_(
        page.get_by_role("button", name="Question dimension")
    ).first.click()
    settle(page)


def find_samples(page: Page) -> None:
    pick(page, "One sample in full", "s003")
    pick(page, "Videos of", "Wan base")
    page.get_by_text("Filter, search and order").click()
    page.wait_for_timeout(800)
    pick(page, "Order", "hardest")
    page.get_by_role("button", name="Page 2").click()
    settle(page)


STATES: dict[str, tuple[Callable[[Page], None], tuple[str, ...]]] = {
    "": (filter_board, ("by=Accuracy", "words=wan", "sort=Success", "smallest=true")),
    "compare": (compare_others, ("first=Wan", "others=Half", "second=Half", "watched=s005")),
    "charts": (choose_charts, ("charted=Wan", "score=Negligence", "group=Question")),
    "samples": (find_samples, ("sample=s003", "watch=Wan", "order=hardest", "page=2")),
}


@pytest.mark.parametrize("path", STATES)
def test_every_state_survives_copying_its_address(
    open_page: Callable[..., Page], server: str, path: str
) -> None:
    act, parts = STATES[path]
    page = open_page(f"{path}?edition=rendered")
    act(page)

    def told(seen: Page) -> str:
        return seen.locator('[data-testid="stCode"]').last.inner_text().strip()

    copied = told(page)
    assert copied.startswith(f"{server}/{path}?edition=rendered&judge=judge-32B")
    assert [part for part in parts if part not in copied] == []
    for address in (copied, page.url):  # the one that is told, and that of the browser
        again = open_page(address.removeprefix(f"{server}/"))
        assert told(again) == copied
        assert again.get_by_text("The address asks for").count() == 0
    assert page.strange == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("?edition=nowhere", "asks for edition “nowhere”"),
        ("?edition=rendered&entry=rendered/gone", "names an entry that is not in this table"),
        ("compare?edition=rendered&first=Nobody", "asks for entry a “Nobody”"),
        ("compare?edition=rendered&others=Nobody", "asks for entry “Nobody”"),
        ("samples?edition=rendered&sample=s999", "asks for one sample in full “s999”"),
        ("charts?edition=rendered&score=Beauty", "asks for score “Beauty”"),
        ("nopage", "The page that you have requested does not seem to exist"),
    ],
)
def test_what_an_address_asks_for_in_vain_is_told(
    open_page: Callable[..., Page], path: str, says: str
) -> None:
    expect(open_page(path).get_by_text(says)).to_be_visible()


@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_a_title_of_its_own(open_page: Callable[..., Page], path: str) -> None:
    name = (path or "board").capitalize()
    assert open_page(path).title() == f"{name} · OmitI2V leaderboard"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(open_page: Callable[..., Page], width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for path in ("charts", "compare", "samples?sample=s001&watch=Wan+base", "dataset", "about"):
        page = open_page(
            f"{path}{'&' if '?' in path else '?'}edition=rendered",
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            bypass_csp=True,
        )
        page.wait_for_timeout(1500)
        found = [
            (row["id"], [node["html"] for node in row["nodes"]])
            for row in axe.run(page).response["violations"]
            if row["impact"] in ("serious", "critical")
        ]
        assert found == [], path
        page.close()
