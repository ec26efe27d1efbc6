"""What other packages register, and what a person names as `module:name`: from the command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny_pipelines
from typer.testing import CliRunner

from evaluators.world import write_mp4
from omiti2v import plugins
from omiti2v.cli import app
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.plugins import find_plugins, is_object_path, load_object, load_plugin

DISTRIBUTION = Path(__file__).parents[1] / "data" / "plugin"

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for Python's path with the distribution in it, built and installed by pip."""
    place = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(DISTRIBUTION, place / "source")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--no-index", "--target", str(place / "site"), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    weights = place / "site" / "omiti2v_brightness" / "weights"
    tiny_pipelines.save(tiny_pipelines.wan_i2v(), weights)
    return place / "site"


@pytest.fixture
def files(
    make_edition: Callable[..., Edition], make_picture: Callable[..., np.ndarray], tmp_path: Path
) -> Path:
    """A folder with `edition` and `videos` of two samples; the second grows brighter."""
    edition = make_edition(tmp_path / "edition", count=2)
    for number, sample in enumerate(edition.samples):
        frames = np.repeat(make_picture(number)[None] // 2, 6, axis=0)
        frames[3:] += np.uint8(60 * number)
        write_mp4(tmp_path / "videos" / f"{sample.id}.mp4", frames, fps=8)
    (tmp_path / "videos" / "submission.yaml").write_text("name: a model\n")
    return tmp_path


@pytest.fixture
def omiti2v(files: Path) -> Command:
    """Runs the command in `files`; `path` goes to Python's path."""

    def run(*arguments: object, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"OMITI2V_CACHE": str(files / "cache.sqlite3")}
        if path:
            environment["PYTHONPATH"] = str(path)
        return subprocess.run(
            # As the installed command does, without the working directory on the path.
            [sys.executable, "-P", "-m", "omiti2v", *map(str, arguments)],
            cwd=files,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def answers(run: Path) -> dict[str, set[str]]:
    """The answers in a run, by sample."""
    found: dict[str, set[str]] = {}
    for line in (run / "responses.jsonl").read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["sample_id"], set()).add(row["answer"])
    return found


SCORE = ("score", "videos", "--edition", "edition", "-o", "run", "--resamples", 100)


def test_a_judge_and_a_metric_of_an_installed_distribution_are_at_work_in_workers(
    omiti2v: Command, files: Path, installed: Path
) -> None:
    chosen = ("--judge", "brighter", "--frames", 3, "--metrics", "brightness")
    done = omiti2v(*SCORE, *chosen, "--workers", 2, path=installed)
    assert done.returncode == 0, done.stderr
    assert answers(files / "run") == {"s000": {"no"}, "s001": {"yes"}}
    identity = json.loads((files / "run" / "run.json").read_text())["judge"]["identity"]
    assert identity["frame_rule"] == "count=3"
    rows = map(json.loads, (files / "run" / "measurements.jsonl").read_text().splitlines())
    found = {row["sample_id"]: row["value"] for row in rows if row["metric"] == "brightness"}
    assert 0 < found["s000"] < 1
    assert found["s001"] > found["s000"]


def test_a_backbone_of_an_installed_distribution_makes_videos_that_can_be_read(
    omiti2v: Command, files: Path, installed: Path
) -> None:
    made = ("--edition", "edition", "-o", "made", "--limit", 1)
    chosen = ("--backbone", "glow", "--method", "alignvid")
    done = omiti2v("generate", *chosen, *made, path=installed)
    assert done.returncode == 0, done.stderr
    (line,) = map(json.loads, (files / "made" / "provenance.jsonl").read_text().splitlines())
    assert line["settings"]["backbone"] == "glow"
    said = CliRunner().invoke(app, ["check", str(files / "made"), "-e", str(files / "edition")])
    assert "glow + alignvid: 1 of 2 samples of edition custom " in said.output


@pytest.mark.parametrize(
    ("kind", "expected", "ours"),
    [
        (
            "judge",
            {
                "name": "brighter",
                "summary": "Says yes where the last frame is brighter than the first.",
                "needs": "",
            },
            {"tiny", "openai", "transformers", "qwen2_5_vl"},
        ),
        (
            "metric",
            {"name": "brightness", "summary": "Mean brightness of the frames.", "needs": ""},
            {"motion", "iqa:NAME"},
        ),
        (
            "backbone",
            {
                "name": "glow",
                "summary": "a Wan with random weights",
                "needs": "the alignvid extra",
            },
            {"tiny-wan"},
        ),
    ],
)
def test_what_an_installed_distribution_brings_is_listed(
    kind: str, expected: dict[str, str], ours: set[str], omiti2v: Command, installed: Path
) -> None:
    rows = json.loads(omiti2v(kind, "list", "--json", path=installed).stdout)
    (row,) = (row for row in rows if row["maker"] != "omiti2v")
    assert row == expected | {"installed": True, "maker": "omiti2v-brightness"}
    assert {row["name"] for row in rows} >= ours


@pytest.mark.parametrize(
    "engine",
    [("--workers", 1), pytest.param(("--engine", "ray"), marks=pytest.mark.slow)],
)
def test_a_judge_in_a_file_beside_the_data_is_asked_by_workers(
    omiti2v: Command, files: Path, engine: tuple[object, ...]
) -> None:
    if "ray" in engine:
        pytest.importorskip("ray", reason="the extra [ray] is not installed")
    shutil.copy(DISTRIBUTION / "omiti2v_brightness" / "judge.py", files / "mine.py")
    (files / "judge.yaml").write_text("model: mine:BrighterJudge\noptions: {margin: 200}\n")
    done = omiti2v(*SCORE, "--judge-config", "judge.yaml", *engine)
    assert done.returncode == 0, done.stderr
    assert answers(files / "run") == {"s000": {"no"}, "s001": {"no"}}


def test_a_file_beside_the_data_shadows_no_installed_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "json.py").write_text("raise RuntimeError('the wrong one')\n")
    (tmp_path / "my_own_thing.py").write_text("class A:\n    B = 3\n")
    assert load_object("json:JSONDecoder") is json.JSONDecoder
    assert load_object("my_own_thing:A.B") == 3
    assert sys.path[-1] == str(tmp_path)


@pytest.mark.parametrize("path", ["my_own_thing:nothing", "no_such_module_at_all:A"])
def test_an_object_that_is_not_there_is_one_line(path: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"{path}: can't be imported: .*Error: "):
        load_object(path)


def test_what_is_no_object_path_is_refused() -> None:
    assert is_object_path("a.b:C.d")
    for text in ("a", "a:", ":b", "./a:b", "a b:c", "owner/name:x"):
        assert not is_object_path(text)
        with pytest.raises(UserError, match="expected module:name"):
            load_object(text)


def registered(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str]) -> None:
    """Have these (name, distribution) registered as judges, and nothing else."""

    def entry_points(*, group: str, name: str | None = None) -> list[Any]:
        made: list[Any] = []
        wanted = name
        for name, maker in entries:
            if wanted not in (None, name):
                continue
            entry = EntryPoint(name, "no_such_module:A", group)
            vars(entry).update(dist=SimpleNamespace(name=maker))
            made.append(entry)
        return made

    monkeypatch.setattr(plugins, "entry_points", entry_points)


def test_a_name_of_ours_is_ours_and_one_of_two_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered(monkeypatch, ("tiny", "aaa"), ("tiny", "omiti2v"), ("other", "aaa"))
    found = find_plugins("omiti2v.judges")
    assert [*found] == ["tiny", "other"]
    assert plugins.maker_of(found["tiny"]) == "omiti2v"
    registered(monkeypatch, ("tiny", "omiti2v"), ("other", "aaa"), ("other", "bbb"))
    found = find_plugins("omiti2v.judges")  # it costs a run of something else nothing
    assert [*found] == ["tiny", "other"]
    with pytest.raises(UserError, match="other: registered by aaa and by bbb; uninstall one"):
        load_plugin(found["other"])


def test_what_can_not_be_imported_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, ("tiny", "omiti2v"), ("other", "aaa"))
    with pytest.raises(UserError, match="other: no_such_module:A, registered by aaa, can't be imp"):
        load_plugin(find_plugins("omiti2v.judges")["other"])


def test_an_installation_from_before_the_doors_is_told_to_be_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registered(monkeypatch, ("other", "aaa"))
    with pytest.raises(UserError, match="install it again"):
        find_plugins("omiti2v.judges")
