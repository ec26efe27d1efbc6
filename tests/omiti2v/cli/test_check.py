"""`omiti2v check` on files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from omiti2v.edition_versions import edition_label
from omiti2v.editions import load_edition_folder

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_check_passes_a_good_folder(omiti2v: Command, files: Path) -> None:
    done = omiti2v("check", "videos", "--edition", "edition")
    assert done.returncode == 0
    label = edition_label("custom", load_edition_folder(files / "edition").fingerprint)
    assert f"6 of 6 samples of edition {label} have a readable video" in done.stdout
    assert "6 x 64x48, 6 frames at 8 a second, h264" in done.stdout


def test_check_prints_findings_and_exits_with_one(omiti2v: Command, files: Path) -> None:
    (files / "videos" / "s001.mp4").write_bytes(b"not a video")
    (files / "videos" / "s002.mp4").unlink()
    done = omiti2v("check", "videos", "--edition", "edition")
    assert done.returncode == 1
    assert "undecodable" in done.stdout
    assert "s002" in done.stdout
    done = omiti2v("check", "videos", "--edition", "edition", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert {finding["code"] for finding in report["findings"]} == {"undecodable", "missing"}


@pytest.mark.parametrize(
    ("limit", "shown", "lines"),
    [(8, "no question tests f2", 6), (5, "s000, s001, s002 and 3 more samples", 1)],
)
def test_faulty_facets_of_an_edition_are_a_line_each_or_counted_where_many(
    invoke: Callable[..., Any],
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    shown: str,
    lines: int,
) -> None:
    monkeypatch.setattr(import_module("omiti2v.cli.check"), "MISSING_ROWS", limit)
    path = files / "edition" / "samples.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        facets = [{"id": name, "kind": "identity", "text": row["prompt"]} for name in ("f1", "f2")]
        row["facets"] = facets
        for question in row["questions"]:
            question["facet"] = "f1"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = invoke("check", "videos", "--edition", "edition")
    assert shown in done.stdout
    assert done.stdout.count("warning  facets") == lines
    assert "0 errors, 6 warnings" in " ".join(done.stdout.split())


def test_check_names_the_edition_that_files_are_named_after(omiti2v: Command, files: Path) -> None:
    (files / "edition" / "edition.json").write_text('{"name": "mine"}')
    done = omiti2v("check", "videos")
    assert done.returncode == 1
    assert f"another edition: --edition {files / 'edition'}" in " ".join(done.stderr.split())
    other = files / "other"
    other.mkdir()
    (other / "addition-001.mp4").write_bytes((files / "videos" / "s001.mp4").read_bytes())
    done = omiti2v("check", "other", "--edition", "edition")
    assert "another edition: --edition open" in " ".join(done.stderr.split())


def test_a_name_that_would_drive_the_terminal_is_shown_as_text(
    omiti2v: Command, files: Path
) -> None:
    (files / "videos" / "submission.yaml").write_text(
        'name: "[red]x[/red]\\e[2J\\u202Eevil"\n', encoding="utf-8"
    )
    done = omiti2v("check", "videos", "--edition", "edition")
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert "[red]x[/red][U+001B][2J[U+202E]evil" in done.stdout
