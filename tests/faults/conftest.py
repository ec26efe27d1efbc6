"""What the commands start from, and a bench to disturb them on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.engine import Bench, build_library
from faults.world import make_packages, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_world(tmp_path_factory.mktemp("world") / "world")


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler (cc): the library that makes calls fail can't be built")
    folder = tmp_path_factory.mktemp("faults")
    bench = Bench(folder, build_library(folder), make_packages(folder / "packages"))
    yield bench
    bench.close()
