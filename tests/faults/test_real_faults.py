"""The same on disks that are full or read-only, and with what else the system refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.cases import SCORE
from faults.engine import Bench

from omiti2v.errors import UserError
from omiti2v.records import write_atomically

RUN = SCORE.replace("-o run", "-o disk/run")


@pytest.fixture
def disk(bench: Bench, world: Path) -> Iterator[Path]:
    """A small file system of its own within the bench's folder."""
    bench.lay_out(world)
    place = bench.root / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"needs a file system of its own: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


@pytest.mark.slow
def test_a_run_on_a_disk_that_fills_up_goes_on_once_there_is_room(bench: Bench, disk: Path) -> None:
    full = bench.run(RUN)
    assert full.code == 1
    assert full.stderr.splitlines()[-1].startswith("error: disk/run/")
    assert "No space left on device; make room and run the same command again" in full.stderr
    logs = {path: path.read_bytes() for path in disk.glob("run/*.jsonl")}
    assert logs
    remount(disk, "size=10m")
    assert bench.run(RUN).code == 0
    assert all(path.read_bytes().startswith(rows) for path, rows in logs.items())
    assert not [path.name for path in disk.rglob(".*")]


@pytest.mark.slow
def test_a_disk_that_may_not_be_written_is_one_line(bench: Bench, disk: Path) -> None:
    remount(disk, "ro")
    for command in (
        RUN,
        "generate -e annotations -o disk/made --method still --frames 5",
        "data export -e annotations disk/made",
        "data build --annotations annotations -o disk/made",
        "data sheet -e annotations -o disk/sheet.html",
        "calibrate -o disk/made --judge brighter --scenes 2 --no-photographs --size 64x64",
    ):
        done = bench.run(command)
        assert done.code == 1
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert line.startswith("error: disk")
        assert "Read-only file system; choose another place" in line


def test_an_output_that_no_one_takes_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "omiti2v", "backbone", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "error: standard output: No space left on device; make room\n"


def test_a_name_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    name = "a" * os.pathconf(tmp_path, "PC_NAME_MAX")
    with pytest.raises(UserError, match="File name too long; choose a shorter name"):
        write_atomically(tmp_path / name, "new")
    assert not list(tmp_path.iterdir())
