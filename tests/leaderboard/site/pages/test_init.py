"""Pages are found by being there."""

from __future__ import annotations

from pathlib import Path

import pytest

from leaderboard.site import pages
from leaderboard.site.pages import find_pages


def test_the_pages_have_the_addresses_that_links_use_and_the_board_comes_first() -> None:
    found = {page.name: page for page in find_pages.__wrapped__()}
    ours = ["board", "charts", "compare", "samples", "dataset", "submit", "about"]
    assert [name for name in found if name in ours] == ours
    assert [found[name].title for name in ours] == [name.capitalize() for name in ours]
    assert next(iter(found)) == "board"


def test_a_module_in_the_folder_is_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "late.py").write_text('TITLE = "Later"\nORDER = 99\n')
    (tmp_path / "first.py").write_text('import nothing_like_it\nTITLE = "First"\nORDER = 1\n')
    monkeypatch.setattr(pages, "__file__", str(tmp_path / "__init__.py"))
    found = pages.find_pages.__wrapped__()
    assert [(page.name, page.title) for page in found] == [("first", "First"), ("late", "Later")]


def test_a_page_without_a_title_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.py").write_text("ORDER = 99\n")
    monkeypatch.setattr(pages, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ValueError, match=r"odd\.py: a page needs TITLE"):
        pages.find_pages.__wrapped__()
