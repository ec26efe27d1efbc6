"""HTML pages from templates, with every value shown as plain text."""

from __future__ import annotations

from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from omiti2v.definitions import FEW_MARK, FEW_NOTE
from omiti2v.number_format import fixed
from omiti2v.plurals import counted
from omiti2v.safe_text import visible_text


def page_environment(package: str) -> Environment:
    """The templates that lie in a package's folder.

    Values are escaped, and characters that act unseen are written out; a name that a template uses
    and nobody gave is an error. `shared/head.html` is what every page begins with, and
    `3 | counted("video")` gives "3 videos".

    Args:
        package: As "leaderboard.report".
    """
    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader(package, ""),
                PrefixLoader({"shared": PackageLoader("omiti2v", "")}),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    environment.globals |= {"few_mark": FEW_MARK, "few_note": FEW_NOTE}
    environment.filters["fixed"] = fixed
    return environment


def _show(value: Any) -> Any:
    # Runs on every value before it is escaped, so that no place in a template can forget it.
    return (
        visible_text(value) if isinstance(value, str) and not isinstance(value, Markup) else value
    )
