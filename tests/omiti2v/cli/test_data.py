"""`omiti2v data`, end to end on files; `--edition open` is the default of check and score."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from omiti2v.dataset.load import PACKAGE
from omiti2v.errors import UserError

Invoke = Callable[..., Any]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def annotated(files: Path) -> Path:
    """A folder with `edition`, which is also annotations, and `videos`."""
    rows = [json.loads(row) for row in (files / "edition" / "samples.jsonl").open()]
    (files / "edition" / "samples.jsonl").unlink()
    fields = ("licence", "attribution", "source", "changes")
    for category in ("addition", "deletion", "modification"):
        members = [row | dict.fromkeys(fields, "x") for row in rows if row["category"] == category]
        text = "".join(json.dumps(row) + "\n" for row in members)
        (files / "edition" / f"{category}.jsonl").write_text(text)
    return files


@pytest.fixture
def installed(annotated: Path) -> Command:
    """Runs the command of an installed copy of the package, which carries the small edition."""
    site = annotated / "site"
    site.mkdir()
    (site / "omiti2v").mkdir()
    for entry in PACKAGE.iterdir():
        if entry.name not in ("data", "__pycache__"):
            (site / "omiti2v" / entry.name).symlink_to(entry)
    # Copied, not linked: the package finds its data beside this file.
    (site / "omiti2v" / "dataset").unlink()
    (site / "omiti2v" / "dataset").mkdir()
    for entry in (PACKAGE / "dataset").iterdir():
        if entry.is_file():
            (site / "omiti2v" / "dataset" / entry.name).write_bytes(entry.read_bytes())

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "omiti2v", *map(str, arguments)],
            cwd=annotated,
            env=os.environ
            | {
                "PYTHONPATH": f"{site}{os.pathsep}{PACKAGE.parent}",
                "XDG_CACHE_HOME": str(annotated / "cache"),
                "COLUMNS": "120",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_build_then_every_command_finds_the_open_edition(
    installed: Command, annotated: Path
) -> None:
    done = installed("data", "stats")
    assert done.returncode == 1
    assert "OmitI2V-Open is not compiled here; run `omiti2v data build`" in done.stderr
    done = installed("data", "build")
    assert done.returncode == 1
    assert "give --annotations" in done.stderr
    done = installed("data", "build", "--annotations", "edition")
    assert done.returncode == 0, done.stderr
    assert "6 samples" in done.stderr
    stats = json.loads(installed("data", "stats", "--json").stdout)
    assert (stats["edition"], stats["samples"]) == ("open", 6)
    checked = installed("check", "videos")
    assert checked.returncode == 0, checked.stderr
    assert "6 of 6 samples of edition open " in checked.stdout
    scored = installed("score", "videos", "-o", "run", "--no-cache")
    assert scored.returncode == 0, scored.stderr
    run = json.loads((annotated / "run" / "run.json").read_text())
    assert run["edition"]["fingerprint"] == stats["fingerprint"]
    listed = installed("data", "publish", "someone/omiti2v-open", "--dry-run")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[-1] for line in listed.stdout.splitlines()] == [
        "README.md",
        "croissant.json",
        "data/addition.parquet",
        "data/deletion.parquet",
        "data/modification.parquet",
        "files",
    ]
    assert "nothing was uploaded" in listed.stderr
    assert "README.md: its numbers are not of the edition" in listed.stderr
    refused = installed("data", "publish", "someone/omiti2v-open")
    assert refused.returncode == 1
    assert "error: " in refused.stderr
    assert "write them anew: omiti2v data stats --card" in refused.stderr


def test_stats_prints_tables_and_writes_figure_and_card(omiti2v: Command, annotated: Path) -> None:
    (annotated / "card.md").write_text((PACKAGE / "README.md").read_text())
    done = omiti2v("data", "stats", "-e", "edition", "--figure", "f.svg", "--card", "card.md")
    assert done.returncode == 0, done.stderr
    for text in ("Categories", "still floor", "always yes", "edit success", "published share"):
        assert text in done.stdout
    assert (annotated / "f.svg").read_text().startswith("<svg")
    assert "### Judges that do not look" in (annotated / "card.md").read_text()


def test_stats_refuses_a_card_that_is_not_there_before_it_prints(
    omiti2v: Command, annotated: Path
) -> None:
    done = omiti2v("data", "stats", "-e", "edition", "--card", "nothing.md")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "nothing.md: can't be read" in done.stderr


def test_export_warns_of_a_card_with_the_numbers_of_another_edition(
    invoke: Invoke, annotated: Path
) -> None:
    export = ("data", "export", "--edition", "edition")
    assert "its numbers are not of" not in invoke(*export, "custom").stderr
    (annotated / "edition" / "edition.json").write_text('{"name": "open"}')
    (annotated / "edition" / "images" / "licences").mkdir()
    assert "README.md: its numbers are not of the edition" in invoke(*export, "open").stderr
    assert "its numbers" not in invoke(*export, "old", "--format", "meta.json").stderr


def test_sheet_writes_one_page(omiti2v: Command, annotated: Path) -> None:
    assert omiti2v("data", "sheet", "-e", "edition", "-o", "sheet.html").returncode == 0
    assert (annotated / "sheet.html").read_text().count("<article") == 6


def test_export_then_import_comes_back_and_a_broken_release_is_listed(
    omiti2v: Command, annotated: Path
) -> None:
    exported = omiti2v("data", "export", "release", "-e", "edition", "--format", "meta.json")
    assert exported.returncode == 0, exported.stderr
    done = omiti2v("data", "import", "release", "-o", "official")
    assert done.returncode == 0, done.stderr
    assert "6 samples of edition official" in done.stderr
    rows = json.loads((annotated / "release" / "meta.json").read_text())
    rows[1]["main-category"] = "\x1b[31m"
    (annotated / "release" / rows[2]["image-path"]).unlink()
    (annotated / "release" / "meta.json").write_text(json.dumps(rows))
    done = omiti2v("data", "import", "release", "-o", "again")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert "meta.json: [1] 's001': main-category" in done.stderr
    assert "meta.json: [2] 's002': image-path" in done.stderr
    assert "error: release: 2 problems; nothing was imported" in done.stderr
    assert not (annotated / "again").exists()
    done = omiti2v("data", "export", "official", "-e", "edition")
    assert done.returncode == 1
    assert "official: is there already" in done.stderr


def test_a_hub_that_can_not_be_reached_is_one_line(omiti2v: Command, tmp_path: Path) -> None:
    source = f"AIPeanutman/OmitI2V@{'0' * 40}"
    done = omiti2v("data", "import", source, "-o", "official", HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"error: {source}: can't be downloaded: " in done.stderr
    assert not (tmp_path / "official").exists()


def test_importing_the_package_and_the_help_of_data_load_nothing_heavy() -> None:
    script = """
import sys
import omiti2v
print(*(name for name in ("pydantic", "pyarrow", "PIL", "numpy") if name in sys.modules))
sys.argv = ["omiti2v", "data", "stats", "--help"]
from omiti2v.cli import main
try:
    main()
except SystemExit:
    pass
heavy = ("torch", "pandas", "datasets", "pyarrow", "huggingface_hub", "PIL", "numpy")
print("LOADED", *(name for name in heavy if name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[0] == ""
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_frames_name_what_a_crop_spoils(invoke: Invoke, files: Path) -> None:
    wide = ("data", "frames", "--edition", "edition", "--size", "320x48")
    cropped = invoke(*wide, "-o", "cropped").stderr
    assert "6 of them show less than 75% of their image" in cropped
    assert cropped.rstrip().endswith("s005")
    assert "show less" not in invoke(*wide, "--fit", "pad", "-o", "padded").stderr
    assert len(list((files / "padded").glob("*.png"))) == 6


def test_of_many_spoiled_frames_a_few_are_named(
    invoke: Invoke, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("omiti2v.cli.data"), "SPOILED_NAMED", 2)
    said = invoke("data", "frames", "-e", "edition", "--size", "320x48", "-o", "frames").stderr
    assert said.rstrip().endswith("be lost: s000, s001 ... all in frames.jsonl (kept)")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--size", "832"), "expected WIDTHxHEIGHT"),
        (("--size", "832x9"), "expected WIDTHxHEIGHT"),
        (("--fit", "pad"), "--fit: goes with --size"),
        (("--size", "832x480", "--area", "1000"), "give one of them"),
    ],
)
def test_options_of_frames_that_do_not_fit_are_refused(
    invoke: Invoke, files: Path, options: tuple[str, ...], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        invoke("data", "frames", "--edition", "edition", "-o", "x", *options)
    assert not (files / "x").exists()
