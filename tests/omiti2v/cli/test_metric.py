"""`omiti2v metric list`: every name with what it needs, and at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner

from omiti2v.cli import app


def test_every_metric_is_listed_with_what_it_needs() -> None:
    done = CliRunner().invoke(app, ["metric", "list", "--json"])
    assert done.exit_code == 0, done.output
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["motion"]["needs"] == ""
    assert rows["motion"]["installed"] is True
    assert rows["motion"]["maker"] == "omiti2v"
    assert rows["clip_prompt_alignment"]["needs"] == "omiti2v[clip], weights clip"
    assert rows["iqa:NAME"]["needs"] == "omiti2v[iqa]"
    assert all(row["summary"] for row in rows.values())
    columns = "columns dynamic_degree_dis, motion_magnitude_dis"
    assert rows["motion"]["summary"].endswith(columns)


def test_people_get_a_table() -> None:
    done = CliRunner().invoke(app, ["metric", "list"])
    assert done.exit_code == 0
    assert "stillness" in done.stdout


def test_a_metric_that_can_not_be_imported_is_listed_as_unusable(tmp_path: Path) -> None:
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[omiti2v.metrics]\nbroken = no_such_module:X\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from omiti2v.cli import app\n"
        "try: app(['metric', 'list', '--json'])\n"
        "finally: assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [row] = [row for row in json.loads(done.stdout) if row["name"] == "broken"]
    assert row["installed"] is False
    assert row["maker"] == "broken"
    assert "unusable: " in row["summary"]
    assert "ModuleNotFoundError" in row["summary"]
