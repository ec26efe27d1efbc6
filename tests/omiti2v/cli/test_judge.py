"""`omiti2v judge list`: what `--judge` can name, what each needs, and at once."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from omiti2v import plugins
from omiti2v.cli import app

OURS = {"tiny": "vlm", "openai": "openai", "transformers": "vlm"}


def listed() -> dict[str, dict[str, Any]]:
    done = CliRunner().invoke(app, ["judge", "list", "--json"])
    assert done.exit_code == 0, done.output
    return {row["name"]: row for row in json.loads(done.stdout)}


def test_judges_come_first_and_families_after_them() -> None:
    rows = listed()
    assert [*rows][:3] == sorted(OURS)
    for name, extra in OURS.items():
        assert (rows[name]["needs"], rows[name]["maker"]) == (f"omiti2v[{extra}]", "omiti2v")
    assert "in config.json: --judge FOLDER" in rows["qwen3_vl"]["summary"]
    assert rows["qwen3_vl"]["needs"] == "omiti2v[vlm]"


def test_checkpoints_worth_trying_come_last_with_what_they_need() -> None:
    rows = listed()
    row = rows["Qwen/Qwen2.5-VL-7B-Instruct@REVISION"]
    assert "bf16 15.4 GiB: 24 GB" in row["summary"]
    assert "5,365 tokens a clip in fast" in row["summary"]
    assert "arithmetic, not measured" in row["summary"]
    assert [*rows][-1].endswith("@REVISION")
    text = CliRunner().invoke(app, ["judge", "list"]).stdout
    *_, families, checkpoints = text.split("\n\n")
    assert "on hub" not in families
    assert all("@REVISION" in line and "  on hub  " in line for line in checkpoints.splitlines())


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["omiti2v.cli.judge"]  # its name in the package is the group of commands
    monkeypatch.setattr(module, "are_installed", lambda *names: "httpx2" not in names)
    rows = listed()
    assert {name for name, row in rows.items() if not row["installed"]} == {"openai"}


def test_a_judge_that_can_not_be_imported_hides_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = metadata.EntryPoint("broken", "no_such_module:A", "omiti2v.judges")
    vars(entry).update(dist=SimpleNamespace(name="aaa"))
    real = metadata.entry_points
    monkeypatch.setattr(
        plugins,
        "entry_points",
        lambda **wanted: [*real(**wanted), *([entry] if "judges" in wanted["group"] else [])],
    )
    rows = listed()
    assert "can't be imported: ModuleNotFoundError" in rows["broken"]["summary"]
    assert (rows["broken"]["installed"], rows["broken"]["maker"]) == (False, "aaa")
    assert rows.keys() > OURS.keys()


@pytest.mark.parametrize("group", ["judge", "backbone"])
def test_a_list_imports_nothing_heavy(group: str) -> None:
    heavy = ("torch", "transformers", "diffusers", "cv2", "av", "numpy", "pandas")
    program = (
        "import sys; from omiti2v.cli import app\n"
        f"try: app([{group!r}, 'list', '--json'])\n"
        f"finally: print(*(n for n in {heavy!r} if n in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.strip() == ""
    assert done.returncode == 0
    assert len(json.loads(done.stdout)) > 3
