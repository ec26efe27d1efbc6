"""Doors for others: judges, metrics and backbones, found by entry points or named as `module:name`.

A distribution opens a door with an entry point in its `pyproject.toml`; the built-in ones come in
the same way:

    [project.entry-points."omiti2v.metrics"]
    sharpness = "my_package.sharpness:SHARPNESS"

What a person names on the command line or in a judge's file may also be an object in a file beside
the data, as `mine:Judge`. Names in runs, entries and editions are never looked up here: they are
somebody else's words, and an import runs code.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal

from omiti2v.errors import UserError, one_line

Group = Literal["omiti2v.judges", "omiti2v.judge_families", "omiti2v.metrics", "omiti2v.backbones"]

OURS = "omiti2v"
_OBJECT_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def find_plugins(group: Group) -> Mapping[str, EntryPoint]:
    """What is registered, by name, ours first, then in the order of the names; nothing is imported.

    A name of ours can't be taken by another distribution. One that two others register is among
    them, and refused by `load_plugin`.

    Raises:
        UserError: Nothing of ours is registered: an editable installation from before a change of
            `pyproject.toml`.
    """
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=group), key=lambda e: (maker_of(e) != OURS, e.name)):
        found.setdefault(entry.name, entry)
    if not any(maker_of(entry) == OURS for entry in found.values()):
        raise UserError(
            f"{group}: the installed omiti2v registers nothing; install it again, as with "
            "pip install -e ."
        )
    return found


def maker_of(entry: EntryPoint) -> str:
    """The distribution that registers an entry point."""
    return entry.dist.name if entry.dist else "an unknown distribution"


def load_plugin(entry: EntryPoint) -> Any:
    """What an entry point names, imported.

    Raises:
        UserError: It can't be imported, or two distributions that are not ours register its name.
    """
    if maker_of(entry) != OURS:
        same = entry_points(group=entry.group, name=entry.name)
        makers = sorted({maker_of(one) for one in same})
        if len(makers) > 1:
            raise UserError(
                f"{entry.name}: registered by {' and by '.join(makers)}; uninstall one of them"
            )
    try:
        return entry.load()
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # it is other people's code
        raise UserError(
            f"{entry.name}: {entry.value}, registered by {maker_of(entry)}, can't be imported: "
            f"{one_line(error)}"
        ) from error


def is_object_path(text: str) -> bool:
    """Whether a text has the form `module:name`, as `my_package.judges:Mine`."""
    return _OBJECT_PATH.fullmatch(text) is not None


def load_object(path: str) -> Any:
    """The object that a person named as `module:name`.

    Modules are looked for in the working directory too, last of all, so that a file there never
    takes the place of an installed module.

    Raises:
        UserError: It is not of this form, or can't be imported.
    """
    if not is_object_path(path):
        raise UserError(f"{path}: expected module:name, as my_judges:Mine")
    here = str(Path.cwd())
    if here not in sys.path:
        # It stays there: what the module imports later, in workers too, is found as it was.
        sys.path.append(here)
    module, _, name = path.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # it is other people's code
        raise UserError(
            f"{path}: can't be imported: {one_line(error)}; modules are looked for among the "
            f"installed ones and in {here}"
        ) from error
    return found
