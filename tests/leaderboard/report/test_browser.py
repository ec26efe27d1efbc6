"""The report in a real browser, from a file, offline: videos that play as one, large reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from leaderboard.report import VideoFolders, write_report
from omiti2v.runs import Run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# A browser on a busy machine takes its time.
pytestmark = pytest.mark.slow

MakeRun = Callable[..., Run]
OpenPage = Callable[..., "Page"]

FPS = 16
FRAME = 1 / FPS
RIGHT = ("yes", "no", "yes")
IGNORED = ("no", "yes", "yes")
ROWS = {
    "Baseline": [IGNORED, RIGHT, IGNORED, RIGHT],
    "AlignVid": [RIGHT, RIGHT, IGNORED, IGNORED],
    "Third": [IGNORED, RIGHT, IGNORED, RIGHT],
}
HOSTILE = "<script>window.hacked=1</script>\"'><img src=x onerror=window.hacked=1>"
READY = (
    "(count) => { const all = [...document.querySelector('.clips').querySelectorAll('video')];"
    " window.videos = all; return all.length === count && all.every((v) => v.readyState >= 3); }"
)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a file; anything that the page asks for or complains of is kept in `strange`."""
    contexts = []

    def open_(path: Path, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.strange = []  # type: ignore[attr-defined]
        strange = page.strange  # type: ignore[attr-defined]
        page.on("console", lambda message: strange.append(message.text))
        page.on("pageerror", lambda error: strange.append(str(error)))
        page.on(
            "request",
            lambda request: (
                strange.append(request.url)
                if not request.url.startswith(("data:", path.as_uri()))
                else None
            ),
        )
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def make_report(make_run: MakeRun, tmp_path: Path) -> Callable[..., Path]:
    """Writes a report on the three runs, with real videos of three seconds."""

    def make(*, rows: Any = ROWS, frames: Any = 48, link: bool = False, **info: Any) -> Path:
        runs, folders = [], []
        for position, (name, answers) in enumerate(rows.items()):
            folders.append(tmp_path / f"videos-{position}")
            runs.append(
                make_run(
                    name=name,
                    folder=f"run-{position}",
                    answers=answers,
                    videos=folders[-1],
                    fps=FPS,
                    frames=frames if isinstance(frames, int) else frames[position],
                    **info,
                )
            )
        path = tmp_path / "out" / "report.html"
        write_report(runs, path, videos=VideoFolders(tuple(folders), link=link))
        return path

    return make


def cycle_named(rows: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The rows again and again, each under a name of its own."""
    for turn in count():
        yield from ((f"{name} with a long name {turn}", row) for name, row in rows.items())


def ready(page: Page, count: int = 3) -> None:
    """Scroll to the first sample, wait for its videos, and keep them as `videos`."""
    page.locator(".clips").first.scroll_into_view_if_needed()
    page.wait_for_function(READY, arg=count)


def times(page: Page) -> list[float]:
    found: list[float] = page.evaluate("() => window.videos.map((v) => v.currentTime)")
    return found


def spread(values: list[float]) -> float:
    return max(values) - min(values)


def test_three_videos_play_in_step_pause_and_seek(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    page = open_page(make_report())
    ready(page)
    first = page.locator(".clips").first
    first.get_by_role("button", name="Play").click()
    for _ in range(8):
        page.wait_for_timeout(150)
        assert spread(times(page)) < FRAME
    assert min(times(page)) > 0.3
    first.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(200)
    held = times(page)
    assert spread(held) < 0.001
    page.wait_for_timeout(300)
    assert times(page) == held
    first.get_by_label("Time of all videos").fill("500")
    page.wait_for_timeout(300)
    assert times(page) == pytest.approx([1.5] * 3, abs=FRAME / 2)
    assert spread(times(page)) < 0.001
    assert page.strange == []  # type: ignore[attr-defined]


def test_the_keyboard_plays_steps_and_jumps(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    page = open_page(make_report())
    ready(page)
    player = page.locator(".together").first
    player.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    assert times(page) == pytest.approx([2.5 * FRAME] * 3, abs=0.001)
    page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert times(page) == pytest.approx([1.5 * FRAME] * 3, abs=0.001)
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    assert min(times(page)) > 1.5 * FRAME
    page.keyboard.press("Space")
    page.wait_for_timeout(200)
    assert page.evaluate("() => window.videos.every((v) => v.paused)")
    page.keyboard.press("End")
    page.wait_for_timeout(200)
    assert times(page) == pytest.approx([47.5 * FRAME] * 3, abs=0.001)
    page.keyboard.press("Home")
    page.wait_for_timeout(200)
    assert times(page) == [0, 0, 0]
    loop = player.get_by_label("Loop")
    before = loop.is_checked()
    page.keyboard.press("l")
    assert loop.is_checked() is not before


def test_the_keys_of_a_button_and_a_list_stay_theirs(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    page = open_page(make_report())
    ready(page)
    player = page.locator(".together").first
    player.get_by_role("button", name="One frame on").focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(200)
    assert page.evaluate("() => window.videos.every((v) => v.paused)")
    assert times(page) == pytest.approx([1.5 * FRAME] * 3, abs=0.001)
    speed = player.get_by_label("Speed")
    speed.select_option("0.5")
    player.focus()
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    rates = page.evaluate("() => window.videos.map((v) => v.playbackRate)")
    assert rates == pytest.approx([0.5] * 3, abs=0.15)


def test_a_shorter_video_waits_on_its_last_frame_and_starts_again_with_the_others(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    page = open_page(make_report(frames=(32, 16, 32)))
    ready(page)
    player = page.locator(".together").first
    player.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(300)
    assert times(page) == pytest.approx([31.5 * FRAME, 15.5 * FRAME, 31.5 * FRAME], abs=0.001)
    player.get_by_label("Loop").set_checked(True)
    player.focus()
    page.keyboard.press("Space")
    page.wait_for_function(
        "() => { const [a, b, c] = window.videos.map((v) => v.currentTime);"
        " return a > 1.5 && b >= 0.9 && c > 1.5; }"
    )
    page.wait_for_function(  # it came round
        "() => window.videos.every((v) => v.currentTime > 0.05 && v.currentTime < 0.9)"
    )


def test_filters_work_together(make_report: Callable[..., Path], open_page: OpenPage) -> None:
    page = open_page(make_report())

    def shown() -> list[str]:
        names: list[str] = page.evaluate(
            "() => [...document.querySelectorAll('.sample')].filter((e) => e.checkVisibility())"
            ".map((e) => e.id)"
        )
        return names

    assert shown() == [f"sample-kite-0{i}" for i in (0, 3, 1, 2)]
    page.get_by_text("Only flipped").click()
    assert shown() == ["sample-kite-00", "sample-kite-03"]
    page.locator("label[for=show-success]").click()
    assert shown() == ["sample-kite-03"]
    page.locator("label[for=in-deletion]").click()
    assert shown() == []
    page.locator("label[for=in-all]").click()
    page.locator("label[for=show-all]").click()
    page.get_by_text("Only flipped").click()
    assert len(shown()) == 4


def test_players_are_built_when_scrolled_to_and_taken_down_again(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    rows = {name: [RIGHT, IGNORED, RIGHT, RIGHT] * 6 for name in ("one", "two", "three", "four")}
    page = open_page(make_report(rows=rows, frames=6))
    last = page.locator(".clips").last
    page.wait_for_timeout(500)
    assert page.locator("video").count() < 24
    assert last.locator("video").count() == 0
    last.scroll_into_view_if_needed()
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('.clips')].at(-1)"
        ".querySelectorAll('video'); return all.length === 4 &&"
        " [...all].every((v) => v.readyState >= 2); }"
    )
    assert page.locator("video").count() < 24
    assert page.locator(".clips").first.locator("video").count() == 0
    ready(page, 4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("runs", [3, 7])
def test_the_page_fits_its_screen(
    make_report: Callable[..., Path], open_page: OpenPage, width: int, scheme: str, runs: int
) -> None:
    rows = dict(islice(cycle_named(ROWS), runs))
    page = open_page(
        make_report(rows=rows), viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    ready(page, runs)
    page.add_style_tag(content=".sample { content-visibility: visible !important; }")
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    # Nothing is cut at the right but what the keyboard can scroll, and no part of a sample is.
    cut = page.evaluate(
        "() => [...document.querySelectorAll('main *, header *')].filter((e) => e.clientWidth > 1"
        " && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible'"
        " && !(e.matches('.scroll[tabindex]') && !e.closest('.sample'))).map((e) => e.outerHTML)"
    )
    assert [row for row in cut if "unseen" not in row and "<bdi" not in row] == []
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 26)"}[scheme]


def test_who_wants_less_motion_gets_no_loop_and_nothing_plays_by_itself(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    page = open_page(make_report(), reduced_motion="reduce")
    ready(page)
    assert not page.locator(".loop").first.is_checked()
    page.wait_for_timeout(500)
    assert times(page) == [0, 0, 0]


def test_hostile_text_is_text_and_a_script_of_somebody_else_does_not_run(
    make_report: Callable[..., Path], open_page: OpenPage, make_kite: Callable[..., Any]
) -> None:
    samples = [make_kite(0, prompt=HOSTILE, attribution=HOSTILE, licence=HOSTILE)]
    rows = {f"{HOSTILE} {i}": [answers] for i, answers in enumerate((RIGHT, IGNORED))}
    page = open_page(make_report(rows=rows, samples=samples, judge=HOSTILE))
    ready(page, 2)
    assert page.evaluate("() => window.hacked === undefined")
    assert page.locator("img[onerror]").count() == 0
    assert HOSTILE in (page.locator("figcaption").first.text_content() or "")
    assert page.strange == []  # type: ignore[attr-defined]
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
        " document.body.append(s); document.body.insertAdjacentHTML('beforeend',"
        " '<img src=x onerror=window.hacked=1>'); }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.hacked === undefined")


def test_linked_videos_play_from_beside_the_report(
    make_report: Callable[..., Path], open_page: OpenPage
) -> None:
    path = make_report(link=True)
    page = open_page(path)
    ready(page)
    sources = page.evaluate("() => window.videos.map((v) => v.getAttribute('src'))")
    assert sources == [f"../videos-{i}/kite-00.mp4" for i in range(3)]
    assert path.stat().st_size < 1_000_000


@pytest.fixture
def make_large(
    make_run: MakeRun, make_kite: Callable[..., Any], tmp_path: Path
) -> Callable[[int], Path]:
    """Writes a report on many samples with strips, every tenth of them ignored."""

    def make(samples: int) -> Path:
        kites = [make_kite(i, id=f"kite-{i:04d}") for i in range(samples - 1)]
        kites.append(make_kite(1, id="last", prompt=HOSTILE))
        answers = [IGNORED if i % 10 == 9 else RIGHT for i in range(samples)]
        drawn = make_run(folder="drawn", answers=[RIGHT])
        strip = drawn.paths.strip_path(drawn.samples[0].id).read_bytes()
        run = make_run(samples=kites, answers=answers, pictures=False)
        run.paths.strips.mkdir()
        for kite in kites:
            run.paths.strip_path(kite.id).write_bytes(strip)
        write_report([run], tmp_path / "large.html")
        return tmp_path / "large.html"

    return make


def test_a_report_of_5000_samples_opens_within_three_seconds(
    make_large: Callable[[int], Path], open_page: OpenPage
) -> None:
    path = make_large(5000)
    took = []
    for _ in range(3):  # the first start of a browser is its own
        begun = time.perf_counter()
        page = open_page(path)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        took.append(time.perf_counter() - begun)
        assert page.locator(".sample").first.is_visible()
    assert min(took) < 3


def test_a_large_report_shows_every_sample_when_asked(
    make_large: Callable[[int], Path], open_page: OpenPage
) -> None:
    path = make_large(1000)
    page = open_page(path)

    def shown() -> list[str]:
        names: list[str] = page.locator(".sample").evaluate_all("(all) => all.map((e) => e.id)")
        return names

    def wait(first: str) -> None:
        page.wait_for_function(
            "(id) => document.querySelector('.sample')?.id === `sample-${id}`", arg=first
        )

    nav = page.locator(".pager").first
    nav.get_by_text("Samples 1 to 50 of 1000").wait_for()
    assert not page.locator("#the-first").is_visible()
    assert nav.get_by_role("button", name="Earlier").is_disabled()
    # The keyboard alone: to the next page, to one by its number.
    nav.get_by_role("button", name="Later").focus()
    page.keyboard.press("Enter")
    wait("kite-0050")
    assert len(shown()) == 50
    nav.get_by_label("Page").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    wait("kite-0950")
    assert shown()[-1] == "sample-last"
    assert HOSTILE in (page.locator("#sample-last .prompt").text_content() or "")
    # Filters and the search work on all samples.
    page.locator("label[for=show-negligent]").click()
    wait("kite-0009")
    nav.get_by_text("Samples 1 to 50 of 100").wait_for()
    page.get_by_label("Find in ids and prompts").fill("KITE-09")
    wait("kite-0909")
    assert shown() == [f"sample-kite-09{i}9" for i in range(9)]
    # A link to a sample that the filters hide takes them away.
    page.evaluate("() => { location.hash = '#sample-kite-0120'; }")
    wait("kite-0100")
    page.wait_for_function("() => document.activeElement.textContent === 'kite-0120'")
    assert page.get_by_label("Find in ids and prompts").input_value() == ""
    assert page.locator("#show-all").is_checked()
    page.get_by_label("Find in ids and prompts").fill("no such sample")
    nav.get_by_text("No sample is like that").wait_for()
    assert page.strange == []  # type: ignore[attr-defined]
    assert page.evaluate("() => window.hacked === undefined")
    # Opened at a link, and without scripts.
    page.goto("about:blank")
    page.goto(f"{path.as_uri()}#sample-kite-0513")
    page.wait_for_function("() => document.activeElement.textContent === 'kite-0513'")
    assert page.locator("#sample-kite-0513").bounding_box()["y"] < 900  # type: ignore[index]
    page = open_page(path, java_script_enabled=False)
    assert page.locator(".sample").count() == 50
    assert page.get_by_text("These are the first 50 of 1000 samples.").is_visible()
    assert not page.locator(".pager").first.is_visible()


def test_the_videos_of_every_page_of_a_large_report_play(
    make_report: Callable[..., Path], open_page: OpenPage, make_kite: Callable[..., Any]
) -> None:
    samples = [make_kite(i, id=f"kite-{i:03d}") for i in range(501)]
    page = open_page(make_report(rows={"one": [RIGHT] * 501}, frames=2, samples=samples))
    ready(page, 1)
    page.evaluate("() => { location.hash = '#sample-kite-450'; }")
    page.wait_for_function(
        "() => document.querySelector('#sample-kite-450 video')?.readyState >= 2"
    )
    # Those of the page before were taken down.
    assert page.evaluate("() => window.videos.every((v) => !v.isConnected && !v.src)")
    assert page.strange == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_fault(
    make_report: Callable[..., Path], open_page: OpenPage, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    rows = dict(islice(cycle_named(ROWS), 7))
    page = open_page(
        make_report(rows=rows, frames=6),
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,
    )
    ready(page, 7)
    page.add_style_tag(content=".sample { content-visibility: visible !important; }")
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    found = axe.run(page).response["violations"]
    assert [(row["id"], [node["html"] for node in row["nodes"]]) for row in found] == []
