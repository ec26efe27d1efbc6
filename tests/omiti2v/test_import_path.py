"""Files of others with the names of our packages, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from omiti2v.__main__ import leave_working_directory
from omiti2v.errors import UserError
from omiti2v.import_path import OTHER_PACKAGES, ROOT, require_own_packages

BEFORE = Path(__file__).parents[1] / "data" / "before"
CHECK = ("check", str(BEFORE / "videos" / "done"), "--edition", str(BEFORE / "edition"))


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """A folder of somebody's own modules, each with a name that the benchmark uses too."""
    for name in ("evaluators.py", "alignvid_ref.py", "leaderboard/__init__.py", "yaml.py"):
        path = tmp_path / "crowded" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("raise RuntimeError('a file of somebody else was run')\n")
    (tmp_path / "crowded" / "omiti2v").mkdir()  # as a folder of data may be called
    return tmp_path / "crowded"


def run(
    *arguments: str, cwd: Path, program: tuple[str, ...] = ("-m", "omiti2v"), path: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "HOME": str(cwd.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_in_the_working_directory_take_no_packages_place(crowded: Path) -> None:
    done = run(*CHECK, cwd=crowded)
    assert done.returncode == 0, done.stderr
    assert "samples of edition" in done.stdout


def test_workers_leave_the_working_directory_too(crowded: Path) -> None:
    options = ("--edition", str(BEFORE / "edition"), "--engine", "workers", "--workers", "1")
    videos = str(BEFORE / "videos" / "done")
    done = run("score", videos, *options, "--limit", "2", "-o", "run", "--no-cache", cwd=crowded)
    assert done.returncode == 0, done.stderr
    assert "first_frame_agreement" in done.stdout


def test_the_working_directory_stays_where_it_is_the_checkout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [str(ROOT), "elsewhere"])
    leave_working_directory()
    assert sys.path == [str(ROOT), "elsewhere"]


def test_a_first_entry_that_is_not_the_working_directory_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["scripts", str(tmp_path)])
    leave_working_directory()
    assert sys.path == ["scripts", str(tmp_path)]


@pytest.mark.parametrize("name", ["evaluators.py", "leaderboard/__init__.py", "alignvid_ref.py"])
@pytest.mark.parametrize("program", ["python -m", "console script"])
def test_a_module_earlier_on_the_path_is_named_in_one_line(
    tmp_path: Path, name: str, program: str
) -> None:
    other = tmp_path / "others" / name
    other.parent.mkdir(parents=True)
    other.write_text("raise RuntimeError('a file of somebody else was run')\n")
    script = Path(sys.executable).with_name("omiti2v")
    if program == "console script" and not script.is_file():
        pytest.skip("omiti2v is not installed here")
    how = ("-m", "omiti2v") if program == "python -m" else (str(script),)
    done = run(*CHECK, cwd=tmp_path, program=how, path=str(tmp_path / "others"))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    module = name.partition(".")[0].partition("/")[0]
    assert line.startswith(f"error: {other}: a module named {module}, earlier on Python's path")
    assert "PYTHONPATH" in line and "environment of its own" in line


def test_a_package_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OTHER_PACKAGES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(UserError, match="evaluators: the package is not there; install omiti2v"):
        require_own_packages()
