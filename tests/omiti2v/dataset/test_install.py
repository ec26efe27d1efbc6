"""Wheels and installs carry the data set, or fail: with pip, in a copy of the project."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from omiti2v.dataset.compile import read_annotations
from omiti2v.dataset.load import PACKAGE

ROOT = PACKAGE.parent
DATA = [f"omiti2v/data/{name}.parquet" for name in ("addition", "deletion", "modification")]

PACKAGES = ("omiti2v", "evaluators", "alignvid_ref", "leaderboard")
MEGABYTE = 1_000_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("hatchling") is None, reason="needs hatchling and editables"
    ),
]


@pytest.fixture
def checkout(annotations: Path, tmp_path: Path) -> Path:
    """What the build needs of the project, the laboratory beside it, and small annotations."""
    folder = tmp_path / "checkout"
    left_out = shutil.ignore_patterns("data", "__pycache__")
    for name in (*PACKAGES, "lab"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copyfile(ROOT / name, folder / name)
    shutil.copytree(annotations, folder / "annotations")
    return folder


def pip(
    *arguments: object, python: Path | str = sys.executable
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(python), "-m", "pip", *map(str, arguments), "--no-deps", "--no-build-isolation"],
        capture_output=True,
        text=True,
        check=False,
    )


def fingerprint_of_installed(python: Path, folder: Path) -> str:
    """What `omiti2v.load_edition()` gives, called somewhere else."""
    done = subprocess.run(
        [str(python), "-c", "import omiti2v; print(omiti2v.load_edition().fingerprint)"],
        cwd=folder,
        env=os.environ | {"XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """A new environment that borrows the packages of this one, the project excepted."""
    venv.create(tmp_path / "env", with_pip=True)
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    here = Path(pytest.__file__).parent.parent
    (site / "borrowed.pth").write_text(f"{here}\n")
    return tmp_path / "env" / "bin" / "python"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, what Python itself keeps there excepted."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def built_wheel(source: Path, folder: Path) -> Path:
    built = pip("wheel", source, "-w", folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("omiti2v-*.whl")
    return wheel


def test_a_wheel_carries_the_edition_and_loads_it_anywhere(
    checkout: Path, python: Path, tmp_path: Path
) -> None:
    before = contents(checkout)
    wheel = built_wheel(checkout, tmp_path / "wheels")
    assert contents(checkout) == before
    names = zipfile.ZipFile(wheel).namelist()
    others = ("README.md", "dataset/sheet.html", "data/licences/CC-BY-SA-4.0.txt")
    assert {*DATA, *(f"omiti2v/{name}" for name in others)} <= set(names)
    installed = pip("install", wheel, "--ignore-installed", python=python)
    assert installed.returncode == 0, installed.stderr
    wanted = read_annotations(checkout / "annotations").fingerprint
    shutil.rmtree(checkout)
    assert fingerprint_of_installed(python, tmp_path) == wanted


def test_a_wheel_has_the_weights_that_run_and_nothing_of_the_laboratory(
    checkout: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(built_wheel(checkout, tmp_path / "wheels")) as wheel:
        names = set(wheel.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert tops == {*PACKAGES, "omiti2v-0.1.0.dist-info"}
    kept = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.safetensors")
    }
    assert kept and kept == {name for name in names if name.endswith(".safetensors")}


def test_a_wheel_takes_what_it_compiles_and_not_what_lies_in_the_checkout(
    checkout: Path, tmp_path: Path
) -> None:
    stale = checkout / "omiti2v" / "data" / "addition.parquet"
    stale.parent.mkdir()
    stale.write_bytes(b"of another day")
    with zipfile.ZipFile(built_wheel(checkout, tmp_path / "wheels")) as wheel:
        assert wheel.namelist().count("omiti2v/data/addition.parquet") == 1
        assert wheel.read("omiti2v/data/addition.parquet") != b"of another day"
    assert stale.read_bytes() == b"of another day"


def test_a_wheel_can_be_built_from_a_source_distribution(checkout: Path, tmp_path: Path) -> None:
    script = "import sys, hatchling.build; print(hatchling.build.build_sdist(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    wheel = built_wheel(tmp_path / done.stdout.splitlines()[-1], tmp_path / "wheels")
    assert set(DATA) <= set(zipfile.ZipFile(wheel).namelist())


def test_the_whole_wheel_is_small_enough_for_the_package_index(
    checkout: Path, tmp_path: Path
) -> None:
    shutil.rmtree(checkout / "annotations")
    (checkout / "annotations").symlink_to(ROOT / "annotations")
    wheel = built_wheel(checkout, tmp_path / "wheels")
    assert wheel.stat().st_size < 80 * MEGABYTE


def test_an_editable_install_leaves_the_data_in_the_checkout(
    checkout: Path, python: Path, tmp_path: Path
) -> None:
    installed = pip("install", "--ignore-installed", "--editable", checkout, python=python)
    assert installed.returncode == 0, installed.stderr
    assert all((checkout / name).is_file() for name in DATA)
    wanted = read_annotations(checkout / "annotations").fingerprint
    assert fingerprint_of_installed(python, tmp_path) == wanted


@pytest.mark.parametrize("how", [[], ["--editable"]])
def test_an_edition_that_does_not_compile_fails_the_install(
    how: list[str], checkout: Path, python: Path
) -> None:
    (checkout / "annotations" / "images" / "s004.png").write_bytes(b"not an image")
    done = pip("install", "--ignore-installed", *how, checkout, python=python)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "OmitI2V-Open could not be compiled" in said
    assert "s004.png: is not an image" in said
    assert not any((checkout / name).exists() for name in DATA)
