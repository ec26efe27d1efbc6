"""A page of an export: the words of the served board, and nothing that acts."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from leaderboard.entries import Board
from leaderboard.entries.headline import as_text
from leaderboard.export.pages import ExportPage, export_pages, render_page
from leaderboard.site.state import Site

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


class Reader(HTMLParser):
    """The tags of a page, and the places that it links to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.ids += [value or "" for name, value in attrs if name == "id"]


@pytest.fixture(scope="module")
def board(site: Site) -> Board:
    return site.board


@pytest.fixture(scope="module")
def pages(board: Board) -> list[ExportPage]:
    return export_pages(board)


def rendered(board: Board, pages: list[ExportPage], number: int = 0) -> str:
    return render_page(board, pages[number], pages)


def words_of(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def test_each_page_says_what_its_table_says_before_the_table(
    board: Board, pages: list[ExportPage]
) -> None:
    for number, page in enumerate(pages):
        text = rendered(board, pages, number)
        before = words_of(text[: text.index('class="o-board"')])
        for sentence in page.headline.sentences:
            assert " ".join(as_text(sentence).split()) in before


def test_hostile_texts_are_words_and_links_lead_to_the_web_or_into_the_export(
    board: Board, pages: list[ExportPage]
) -> None:
    text = rendered(board, pages)
    found = Reader(text)
    assert CSP in html.unescape(text)
    assert not {"script", "img", "iframe", "object", "form"} & set(found.tags)
    assert "<script>window.hacked=1</script><img src=x" in html.unescape(text)
    ours = {f"{page.name}{end}" for page in pages for end in (".html", ".json", ".csv")}
    for link in found.links:
        known = (
            link in ours or link == "samples.zip" or re.fullmatch(r"entries/[a-z0-9/-]+\.zip", link)
        )
        anchor = link.startswith("#") and link[1:] in found.ids
        assert known or anchor or link.startswith(("https://", "http://")), link
    assert "https://example.org/alignvid" in found.links


def test_every_row_has_a_place_of_its_own_and_its_files(
    board: Board, pages: list[ExportPage]
) -> None:
    for number, page in enumerate(pages):
        found = Reader(rendered(board, pages, number))
        ids = [row.id.rpartition("/")[2] for row in page.table.rows]
        assert found.ids == ids
        for row in page.table.rows:
            assert f"entries/{row.id}.zip" in found.links


def test_rows_whose_videos_were_checked_look_otherwise(
    board: Board, pages: list[ExportPage]
) -> None:
    page = pages[0]
    first, *others = page.table.rows
    rows = (replace(first, badge="videos"), *others)
    view = replace(page.view, table=replace(page.table, rows=rows))
    text = rendered(board, [replace(page, view=view)])
    checked, unchecked = re.findall(r'<tr id="[^"]*" class="([^"]*)">', text)[:2]
    assert (checked, unchecked) == ("is-videos", "is-responses")
    assert (
        '<span class="o-badge is-videos">videos ✓</span> <span class="o-small">videos checked'
        in (text)
    )
    assert "videos not checked" in text


def test_a_large_table_is_drawn_in_parts(board: Board, pages: list[ExportPage]) -> None:
    page = pages[0]
    rows = tuple(
        replace(page.table.rows[0], id=f"rendered/model-{number}") for number in range(250)
    )
    view = replace(page.view, table=replace(page.table, rows=rows))
    text = rendered(board, [replace(page, view=view)])
    assert "<summary>Rows 101 to 200 of 250</summary>" in text
    assert "<summary>Rows 201 to 250 of 250</summary>" in text
    assert text.count('class="o-board"') == 3
    assert len(Reader(text).ids) == 250
