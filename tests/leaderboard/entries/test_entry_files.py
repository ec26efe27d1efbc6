"""The files of an entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from omiti2v.editions import Edition
from omiti2v.runs import Run

from .conftest import DAY, still

MakeRun = Callable[..., Run]


def test_an_entry_is_a_folder_of_known_plain_files(
    make_run: MakeRun, add: Callable[..., str], folder: Path
) -> None:
    entry_id = add(make_run("Wan2.1-I2V-14B + AlignVid"))
    assert entry_id == "open/wan2-1-i2v-14b-alignvid"
    files = {path.name: path for path in (folder / "entries" / entry_id).iterdir()}
    assert set(files) == {
        "entry.json",
        "run.json",
        "scores.json",
        "marks.json",
        "responses.jsonl.gz",
        "measurements.jsonl.gz",
        "videos.jsonl.gz",
    }
    for name, path in files.items():
        if name.endswith(".json"):
            json.loads(path.read_text())
        else:
            assert path.read_bytes()[:2] == b"\x1f\x8b"
    info = json.loads(files["entry.json"].read_text())
    assert (info["badge"], info["added"]) == ("responses", str(DAY))


def test_two_entries_share_one_copy_of_their_edition(
    make_run: MakeRun, add: Callable[..., str], folder: Path, edition: Edition
) -> None:
    add(make_run("one"), make_run("two", still))
    assert [path.name for path in (folder / "editions").iterdir()] == [
        f"{edition.fingerprint}.jsonl.gz"
    ]
