"""What the build hook writes, and where; `test_install.py` builds and installs with it."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from omiti2v.dataset.load import PACKAGE
from omiti2v.samples import CATEGORIES

pytest.importorskip("hatchling", reason="needs hatchling")

COMPILED = {*(f"{category}.parquet" for category in CATEGORIES), "licences/CC-BY-SA-4.0.txt"}


@pytest.fixture
def hook(annotations: Path) -> Any:
    """The hook of a build from the checkout that holds the annotations."""
    spec = util.spec_from_file_location("hatch_build", PACKAGE.parent / "hatch_build.py")
    assert spec and spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def abort(message: str) -> None:
        raise SystemExit(message)

    root, none = str(annotations.parent), dict[str, Any]()
    app = SimpleNamespace(abort=abort)
    return module.CompileDataset(root, none, none, none, root, "wheel", app)


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_wheel_gets_the_data_from_elsewhere_and_the_checkout_stays_as_it_was(
    hook: Any, annotations: Path
) -> None:
    before, path = names(annotations.parent), list(sys.path)
    build: dict[str, Any] = {"force_include": {}}
    hook.initialize("standard", build)
    assert names(annotations.parent) == before
    assert sys.path == path
    ((place, target),) = build["force_include"].items()
    assert target == "omiti2v/data"
    assert names(Path(place)) == COMPILED
    hook.finalize("standard", build, "the.whl")
    assert not Path(place).exists()


def test_an_editable_install_finds_the_data_in_the_checkout(hook: Any, annotations: Path) -> None:
    before = names(annotations.parent)
    build: dict[str, Any] = {"force_include": {}}
    hook.initialize("editable", build)
    hook.finalize("editable", build, "the.whl")
    assert build == {"force_include": {}}
    assert names(annotations.parent) - before == {f"omiti2v/data/{name}" for name in COMPILED}


@pytest.mark.parametrize("version", ["standard", "editable"])
def test_an_edition_that_does_not_compile_ends_the_build(
    hook: Any, annotations: Path, version: str
) -> None:
    (annotations / "images" / "s004.png").write_bytes(b"not an image")
    before, path = names(annotations.parent), list(sys.path)
    with pytest.raises(SystemExit, match=r"could not be compiled: .*s004\.png: is not an image"):
        hook.initialize(version, {"force_include": {}})
    assert names(annotations.parent) == before
    assert sys.path == path
