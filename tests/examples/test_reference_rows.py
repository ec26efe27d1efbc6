"""The example that makes the reference method's rows."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import diffusers
import pytest
import tiny_pipelines
import torch

from .conftest import SCRIPT

MakeRows = Callable[..., tuple[int, str]]


@pytest.mark.parametrize("count", [2, pytest.param(5, marks=pytest.mark.slow)])
def test_a_rehearsal_ends_with_a_board_that_holds_and_again_changes_nothing(
    make_rows: MakeRows,
    script: ModuleType,
    commands_here: list[list[str]],
    shapes: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
) -> None:
    monkeypatch.setitem(script.MODELS, "tiny-wan", script.MODELS["tiny-wan"][:count])
    options = ("--out", "rows", "--judge", "tiny", "--edition", shapes, "--models", "tiny-wan")
    code, said = make_rows(*options, "--", "--steps", "4")
    assert code == 0, said
    assert f"{count} entries: all hold" in said
    expected = [  # ALG acts at the first of four steps
        ("baseline", "4", None),
        ("alignvid", "4", "baseline"),
        ("guidance", "8", "baseline"),
        ("guidance-alignvid", "8", "guidance"),
        ("alg", "9", "guidance"),
    ][:count]
    table = [line.split() for line in said.splitlines()[-count:]]
    assert [line[:4] for line in table] == [
        [f"tiny-wan-{name}", "2", passes, f"known-answer/tiny-wan-{name}"]
        for name, passes, _ in expected
    ]
    for line, (name, _, against) in zip(table, expected, strict=True):
        if against:
            file = tmp_path / f"rows/tiny-wan-{name}-against-{against}.json"
            compared = json.loads(file.read_text())
            assert [compared[run]["name"] for run in "ab"] == [
                f"tiny-wan-{against}",
                f"tiny-wan-{name}",
            ]
            assert line[4] == f"{100 * compared['scores']['edit_success']['difference']:+.1f}"

    made = contents(tmp_path / "rows")
    commands_here.clear()
    code, said = make_rows(*options, "--", "--steps", "4")
    assert (code, said.count("0 videos made, 2 were there")) == (0, count)
    assert "add" not in {command[1] for command in commands_here}
    assert contents(tmp_path / "rows") == made


def test_a_command_that_fails_ends_it_with_its_status_and_the_same_command_goes_on(
    make_rows: MakeRows, commands_here: list[list[str]], shapes: Path
) -> None:
    options = ("--out", "rows", "--judge", "tiny", "--edition", shapes, "--models", "tiny-wan")
    code, said = make_rows(*options, "--", "--step", "4", "--no-such-option")
    assert code == 2
    assert [command[0] for command in commands_here] == ["generate"]
    assert "row 1 of 5, tiny-wan-baseline: this command ended with 2: omiti2v generate" in said
    again = shlex.join(map(str, ("make_rows.py", *options, "--", "--step", "4")))
    assert f"run the same again: python {again} --no-such-option" in said


def test_a_folder_is_of_one_judge_edition_and_limit(
    make_rows: MakeRows, commands_here: list[list[str]], shapes: Path, tmp_path: Path
) -> None:
    options = ("--out", "rows", "--models", "tiny-wan", "--edition", shapes)
    assert make_rows(*options, "--judge", "tiny", "--", "--no-such-option")[0] == 2
    commands_here.clear()
    for other in (("--judge", "o/n@" + "a" * 40), ("--judge", "tiny", "--limit", "1")):
        code, said = make_rows(*options, *other)
        assert code == 1
        assert "give the same, or another --out" in said
    assert commands_here == []


@pytest.mark.parametrize(
    "judge", ["owner/name", "owner/name@main", "owner/name@" + "a" * 39, "folder", "tiny@main"]
)
def test_a_judge_without_its_commit_is_refused(make_rows: MakeRows, judge: str) -> None:
    code, said = make_rows("--out", "rows", "--judge", judge)
    assert code == 2
    assert "expected OWNER/NAME@COMMIT with the 40 hex digits of a commit" in said


def test_weights_that_are_no_saved_pipeline_are_refused(make_rows: MakeRows) -> None:
    for weights in ("tiny-wan=here", "tiny-wan", "other=here"):
        code, said = make_rows("--out", "rows", "--judge", "tiny", "--weights", weights)
        assert code == 2
        assert "the folder of a saved pipeline, got" in said


def test_the_commands_of_its_readme_are_ones_that_it_takes(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "FOLDER").mkdir()
    (tmp_path / "FOLDER/model_index.json").touch()
    monkeypatch.chdir(tmp_path)
    text = (SCRIPT.parent / "README.md").read_text(encoding="utf-8").replace("COMMIT", "a" * 40)
    lines = re.findall(r"^python examples/reference-rows/(.*)$", text, re.MULTILINE)
    assert len(lines) >= 3
    for line in lines:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        assert script.read_options().out


FULL = """
from dataclasses import replace
from pathlib import Path

from alignvid_ref.generation.backbones.wan import WAN21

FULL = replace(
    WAN21, name="full", pipeline="full_memory:FullPipeline", packaged=Path(__file__).parent / "full"
)


def __getattr__(name):  # listing it must not import torch
    if name != "FullPipeline":
        raise AttributeError(name)
    import torch
    from diffusers import WanImageToVideoPipeline

    class FullPipeline(WanImageToVideoPipeline):
        def __call__(self, negative_prompt=None, **_):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")

    return FullPipeline
"""


def test_a_model_that_always_runs_out_of_memory_ends_it_after_three_videos(
    make_rows: MakeRows, script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_pipelines.save(tiny_pipelines.wan_i2v(), tmp_path / "full")
    index = tmp_path / "full" / "model_index.json"
    index.write_text(index.read_text().replace("WanImageToVideoPipeline", "FullPipeline"))
    (tmp_path / "full_memory.py").write_text(FULL)
    monkeypatch.setitem(script.MODELS, "full_memory:FULL", script.PLAIN)
    code, said = make_rows(
        *("--out", "rows", "--judge", "tiny", "--models", "full_memory:FULL"),
        *("--", "--height", "32", "--width", "32", "--frames", "5", "--steps", "2"),
    )
    assert code == 1, said
    assert "367 videos to make" in said
    assert "the last 3 videos failed alike: OutOfMemoryError" in said
    assert "take --offload model (or group), a smaller size" in said
    assert "364 videos not tried" in said
    assert "row 1 of 2" in said


def contents(folder: Path) -> dict[str, Any]:
    """All that must not differ between two makings of the rows."""
    kept = {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in ("*-against-*.json", "videos/*/*.mp4", "runs/*/scores.json")
        for path in sorted(folder.glob(pattern))
    }
    entries = sorted(path.parent.name for path in folder.glob("board/entries/*/*/run.json"))
    return {**kept, "entries": entries}


def save_loud(tiny: tiny_pipelines.TinyPipeline, transformer: Any, folder: Path) -> None:
    """Save a pipeline with another transformer, whose random weights are so large that it shows
    in the videos what a method does."""
    with torch.no_grad():
        for weight in transformer.parameters():
            weight.mul_(3)
    tiny.pipe.register_modules(transformer=transformer)
    tiny_pipelines.save(tiny, folder)


@pytest.mark.slow
def test_killed_at_three_stages_it_makes_the_rows_of_a_run_that_was_not(
    make_rows: MakeRows, commands_here: list[list[str]], shapes: Path, tmp_path: Path
) -> None:
    """With pipelines of the classes and depths of the real ones: their settings name blocks."""
    wan = tiny_pipelines.wan_i2v_transformer(num_layers=40)
    save_loud(tiny_pipelines.wan_i2v(), wan, tmp_path / "wan")
    framepack = tiny_pipelines.framepack_f1()
    depth = {**framepack.pipe.transformer.config, "num_single_layers": 40}
    torch.manual_seed(0)
    save_loud(
        framepack,
        diffusers.HunyuanVideoFramepackTransformer3DModel.from_config(depth),
        tmp_path / "framepack",
    )
    options = [
        *("--judge", "tiny", "--edition", str(shapes)),
        *("--weights", "wan2.1-i2v-14b-480p=wan", "framepack-f1=framepack"),
        *("--", "--height", "32", "--width", "32", "--frames", "37", "--steps", "4"),
    ]
    code, said = make_rows("--out", "whole", *options)
    assert code == 0, said
    assert "7 entries: all hold" in said
    assert "Left out: framepack-f1: no rows guidance and alg." in said

    out = tmp_path / "killed"
    command = [sys.executable, str(SCRIPT), "--out", "killed", *options]
    first = "wan2.1-i2v-14b-480p-baseline"
    # It alone: the command that it started goes on, and the next one waits for that.
    kill_when(lambda: any(out.glob(f"videos/{first}/*.mp4")), command, cwd=tmp_path, group=False)
    assert not (out / "runs").exists()
    # With its command, as a scheduler does.
    log = out / "runs" / first / "responses.jsonl"
    kill_when(lambda: log.exists() and log.stat().st_size > 0, command, cwd=tmp_path)
    assert not (out / "board").exists()
    entry = "board/entries/*/wan2-1-i2v-14b-480p-baseline/run.json"
    kill_when(lambda: any(out.glob(entry)), command, cwd=tmp_path)
    assert len(list(out.glob("runs/*"))) == 1
    code, said = make_rows("--out", "killed", *options)
    assert code == 0, said
    assert contents(out) == contents(tmp_path / "whole")


def kill_when(
    seen: Callable[[], bool], command: list[str], *, cwd: Path, group: bool = True
) -> None:
    """Start a command and SIGKILL it, or it and all that it started, once something is seen."""
    with (cwd / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=cwd, stdout=log, stderr=log, start_new_session=True)
    while process.poll() is None and not seen():
        time.sleep(0.005)
    (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "finished before it could be killed"
