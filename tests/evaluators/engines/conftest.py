"""A small case that every engine is given."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_cases import Case

from omiti2v.editions import load_edition_folder
from omiti2v.submissions import read_submission

JUDGES = Path(__file__).parents[1]


@pytest.fixture
def make_case(
    write_files: Callable[[Path, int], tuple[Path, Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[int], Case]:
    """A function that writes a case of so many samples."""
    # Workers import the judges from there too: a spawned process by the one, Ray's by the other.
    monkeypatch.setattr(sys, "path", [str(JUDGES), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(JUDGES), prepend=os.pathsep)

    def make(samples: int) -> Case:
        edition_folder, videos = write_files(tmp_path, samples)
        edition = load_edition_folder(edition_folder)
        return Case(edition, read_submission(videos, edition), tmp_path)

    return make
