"""Installing the project leaves the data set in place, or fails: with pip, in a copy."""

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

from omiti2v.dataset.build import read_annotations
from omiti2v.dataset.load import PACKAGE

ROOT = PACKAGE.parent
DATA = [f"omiti2v/data/{name}.parquet" for name in ("addition", "deletion", "modification")]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("hatchling") is None, reason="needs hatchling and editables"
    ),
]


@pytest.fixture
def checkout(annotations: Path, tmp_path: Path) -> Path:
    """What the build needs of the project, with small annotations."""
    folder = tmp_path / "checkout"
    left_out = shutil.ignore_patterns("data", "__pycache__")
    for name in ("omiti2v", "evaluators", "alignvid_ref", "leaderboard"):
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


def test_a_wheel_carries_the_edition_and_loads_it_anywhere(
    checkout: Path, python: Path, tmp_path: Path
) -> None:
    built = pip("wheel", checkout, "-w", tmp_path / "wheels")
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheels").glob("omiti2v-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    others = ("README.md", "dataset/sheet.html", "data/licences/CC-BY-SA-4.0.txt")
    assert {*DATA, *(f"omiti2v/{name}" for name in others)} <= set(names)
    # The checkout has the data in place too.
    assert all((checkout / name).is_file() for name in DATA)
    installed = pip("install", wheel, "--ignore-installed", python=python)
    assert installed.returncode == 0, installed.stderr
    wanted = read_annotations(checkout / "annotations").fingerprint
    shutil.rmtree(checkout)
    assert fingerprint_of_installed(python, tmp_path) == wanted


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
