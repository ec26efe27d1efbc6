"""`omiti2v rescore` tells a score that does not follow from the log."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from omiti2v.errors import UserError

Invoke = Callable[..., Any]
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_rescore_tells_a_forged_score(omiti2v: Command, files: Path) -> None:
    omiti2v("score", "videos", "--edition", "edition", "-o", "run")
    path = files / "run" / "scores.json"
    scores = json.loads(path.read_text())
    scores["metrics"]["dynamic_degree_dis"]["value"] += 0.3
    path.write_text(json.dumps(scores))
    done = omiti2v("rescore", "run")
    assert done.returncode == 1
    assert "differs from what the log gives" in done.stderr
    assert omiti2v("rescore", "run", "--write").returncode == 0
    assert omiti2v("rescore", "run").returncode == 0


def test_rescore_takes_the_settings_of_the_run(omiti2v: Command, files: Path) -> None:
    """A forger can't hide behind settings that rescore does not compare."""
    omiti2v("score", "videos", "--edition", "edition", "-o", "run", "--resamples", "500")
    assert omiti2v("rescore", "run").returncode == 0
    path = files / "run" / "scores.json"
    honest = path.read_text()
    path.write_text(honest.replace('"seed": 0', '"seed": 7'))
    assert omiti2v("rescore", "run").returncode == 1
    path.write_text(honest)
    other = omiti2v("rescore", "run", "--resamples", "200")
    assert other.returncode == 0
    assert "not compared" in other.stderr
    path.unlink()
    assert omiti2v("rescore", "run").returncode == 1


def test_a_damaged_log_has_a_way_out(invoke: Invoke, files: Path) -> None:
    score = ("score", "videos", "--edition", "edition", "--no-cache", "-o")
    invoke(*score, "run")
    log = files / "run" / "measurements.jsonl"
    whole = log.read_bytes()
    rows = whole.splitlines(keepends=True)
    log.write_bytes(b"".join([*rows[:2], b"\0" * 80 + b"\n", *rows[3:]]))
    damaged = log.read_bytes()
    for command in (("rescore", "run"), (*score, "run")):
        with pytest.raises(UserError, match=r"measurements\.jsonl:3: .* run --drop-bad-rows COPY"):
            invoke(*command)
    with pytest.raises(UserError, match="leave out --write and --json"):
        invoke("rescore", "run", "--drop-bad-rows", "copy", "--write")
    done = invoke("rescore", "run", "--drop-bad-rows", "copy")
    assert "left out: run/measurements.jsonl:3: the record: invalid JSON" in done.stderr
    invoke(*score, "copy")
    mended = (files / "copy" / "measurements.jsonl").read_bytes().splitlines(keepends=True)
    assert mended[:-1] == [*rows[:2], *rows[3:]]
    assert mended[-1] == rows[2]
    invoke("rescore", "copy")
    assert log.read_bytes() == damaged


def test_a_pipe_in_place_of_the_scores_is_named_as_what_it_is(invoke: Invoke, files: Path) -> None:
    invoke("score", "videos", "--edition", "edition", "--no-cache", "-o", "run")
    (files / "run" / "scores.json").unlink()
    os.mkfifo(files / "run" / "scores.json")
    with pytest.raises(UserError, match=r"scores\.json: can.t be read: .*pipe"):
        invoke("rescore", "run")
