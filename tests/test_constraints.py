"""What the package is built with, and what it needs without extras, is pinned as a whole."""

from __future__ import annotations

import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def test_nothing_that_is_installed_with_the_constraints_is_left_open() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    waiting = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    pins = {
        canonicalize_name(name): number
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        for name, _, number in [line.partition("==")]
        if number
    }
    needed: set[str] = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if name in needed or (requirement.marker and not requirement.marker.evaluate()):
            continue
        needed.add(name)
        waiting += requires(name) or []
    assert {"numpy", "hatchling", "pydantic-core"} <= needed
    assert {name: version(name) for name in needed} == {name: pins.get(name) for name in needed}
