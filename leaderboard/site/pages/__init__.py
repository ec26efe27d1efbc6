"""The pages of the site: each module here is one, found by being here.

A page's module has `TITLE`, `ORDER` (its place in the navigation; the first page is where visitors
arrive) and `render(site)`. Its name is its address. See `docs/extending/page.md`.
"""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from leaderboard.site.state import Site


@dataclass(frozen=True)
class SitePage:
    """A page, as its module describes it.

    Attributes:
        name: Of its module and in its address.
        title: In the navigation.
        order: Its place there.
    """

    name: str
    title: str
    order: int

    def load(self) -> None:
        """Import the page's code, so that the first visitor need not wait for it."""
        importlib.import_module(f"{__name__}.{self.name}")

    def render(self, site: Site) -> None:
        """Put the page on the screen."""
        importlib.import_module(f"{__name__}.{self.name}").render(site)


@cache
def find_pages() -> tuple[SitePage, ...]:
    """The pages in the order of the navigation.

    Their modules are read and not imported, so that no page waits for the libraries of another.

    Raises:
        ValueError: A module has no `TITLE` or no `ORDER`, as plain values at its top.
    """
    files = [path for path in Path(__file__).parent.glob("*.py") if path.name != "__init__.py"]
    return tuple(sorted(map(_describe, files), key=lambda page: (page.order, page.name)))


def _describe(path: Path) -> SitePage:
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("TITLE", "ORDER")
    }
    if values.keys() != {"TITLE", "ORDER"}:
        raise ValueError(f'{path}: a page needs TITLE = "..." and ORDER = ... at its top')
    return SitePage(path.stem, values["TITLE"], values["ORDER"])
