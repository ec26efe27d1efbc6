from html.parser import HTMLParser

import pytest

from omiti2v.html_templates import page_environment
from omiti2v.plurals import counted


class Metas(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.metas: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            self.metas.append(dict(attrs))


@pytest.mark.parametrize("package", ["omiti2v.dataset", "leaderboard.report"])
def test_every_page_begins_alike_and_lets_the_browser_do_nothing(package: str) -> None:
    page = (
        page_environment(package)
        .from_string(
            '{% from "shared/head.html" import head %}{{ head(title, "; media-src data:") }}'
        )
        .render(title="</title><script>\u202e")
    )
    assert page.strip().startswith("<!doctype html>")
    assert "&lt;/title&gt;&lt;script&gt;[U+202E] · omiti2v</title>" in page
    policies = [meta["content"] for meta in Metas(page).metas if meta.get("http-equiv")]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'; media-src data:"
    ]


def test_one_of_a_thing_has_no_plural() -> None:
    assert [counted(number, "video") for number in (0, 1, 2)] == ["0 videos", "1 video", "2 videos"]
