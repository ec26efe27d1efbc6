"""The guide to pages of one's own: its example is a page, and its test passes."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.site import pages
from leaderboard.site.pages import find_pages
from leaderboard.site.settings import hand_over
from leaderboard.site.state import Site

GUIDE = Path(__file__).parents[4] / "docs/extending/page.md"
PAGE, TEST = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
NAME = "leaderboard.site.pages.judges"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example as a module of the pages, in a folder of its own."""
    (tmp_path / "judges.py").write_text(PAGE)
    monkeypatch.setattr(pages, "__path__", [*pages.__path__, str(tmp_path)])
    yield
    sys.modules.pop(NAME, None)


def test_the_example_is_found_in_its_place(
    page: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [other.order for other in find_pages.__wrapped__() if other.name != "judges"]
    monkeypatch.setattr(pages, "__file__", str(tmp_path / "__init__.py"))
    (found,) = find_pages.__wrapped__()
    assert (found.name, found.title) == ("judges", "Judges")
    assert found.order not in others


def test_the_example_is_shown(page: None, place: Any) -> None:
    hand_over(place.settings)
    script = (
        f"from {NAME} import render\n"
        "from leaderboard.site.settings import Settings, read_settings\n"
        "from leaderboard.site.state import open_site\n"
        "render(open_site(read_settings(Settings)))\n"
    )
    app = AppTest.from_string(script, default_timeout=120).run()
    assert not app.exception
    assert app.title[0].value == "Judges"
    assert "rendered" in set(app.dataframe[0].value["Edition"])


def test_the_examples_test_passes(page: None, site: Site) -> None:
    module = types.ModuleType("test_judges")
    exec(compile(TEST, "test_judges.py", "exec"), module.__dict__)  # noqa: S102 (our own guide)
    tests: list[Callable[[Site], None]] = [
        value for name, value in vars(module).items() if name.startswith("test_")
    ]
    assert len(tests) == 1
    tests[0](site)
