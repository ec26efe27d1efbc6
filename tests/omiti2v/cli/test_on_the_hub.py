"""The steps of docs/publishing.md that need a hub, against one on loopback, as commands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_hub import TOKEN, Fault, Hub, serve_hub

from omiti2v import load_edition

ROOT = Path(__file__).parents[3]
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def served() -> Iterator[Hub]:
    with serve_hub() as hub:
        yield hub


@pytest.fixture
def shell(served: Hub, tmp_path: Path) -> Shell:
    """Runs a line in `tmp_path`, where the hub is the one on loopback."""
    variables = {
        "HF_ENDPOINT": served.url,
        "HF_HOME": str(tmp_path / "hf"),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }

    def run(line: str, *, code: int = 0, **more: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["bash", "-euc", line.replace("omiti2v ", f"{sys.executable} -m omiti2v ", 1)],
            cwd=tmp_path,
            env=os.environ | variables | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def hf(arguments: str) -> str:
    return f"{sys.executable} -m huggingface_hub.cli.hf {arguments}"


def test_a_board_is_verified_where_it_lies(served: Hub, shell: Shell) -> None:
    data = ROOT / "leaderboard/data"
    floor = [*data.glob("entries/open/still-floor/*"), *data.glob("editions/*")]
    files = {path.relative_to(data).as_posix(): path.read_bytes() for path in floor}
    served.add("org/board", files)
    done = shell("omiti2v leaderboard verify --board hf://datasets/org/board")
    assert "1 entry: holds" in done.stdout
    served.faults = [Fault("GET", "/api/datasets/", 401)]
    done = shell("omiti2v leaderboard verify --board hf://datasets/org/board", code=1)
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error: "))
    assert line.startswith("error: hf://datasets/org/board: can't be listed: ")


@pytest.mark.slow
def test_the_edition_is_published_named_and_loaded_by_its_id(
    served: Hub, shell: Shell, tmp_path: Path
) -> None:
    fingerprint = load_edition("open").fingerprint
    done = shell("omiti2v data publish org/omiti2v-open")
    repo = served.repos["org/omiti2v-open"]
    assert f"published: {served.url}/datasets/org/omiti2v-open/commit/" in done.stderr
    assert len(repo.messages) == 2  # the repository's own, and one
    shell(hf("repos tag create org/omiti2v-open v1.0 --type dataset"))
    assert repo.refs["v1.0"] == repo.refs["main"]

    text = (ROOT / "docs/publishing.md").read_text()
    script = re.search(r"cat > reload.py <<'EOF'\n(.+?)^EOF$", text, re.DOTALL | re.MULTILINE)
    assert script
    (tmp_path / "reload.py").write_text(script[1])
    done = shell(f"{sys.executable} reload.py org/omiti2v-open")
    assert done.stdout.split()[-1] == fingerprint

    # What comes later does not change the version that was named.
    repo.commit({"README.md": b"emptied"}, "emptied")
    shell(hf("download org/omiti2v-open --type dataset --revision v1.0 --local-dir BACK"))
    done = shell("omiti2v data stats --edition BACK --json")
    assert fingerprint in done.stdout


@pytest.mark.slow
def test_a_board_is_put_on_the_hub_and_read_there(served: Hub, shell: Shell) -> None:
    shell(hf("repos create org/board --type dataset"))
    shell(hf(f"upload org/board {ROOT / 'leaderboard/data'} . --type dataset"))
    done = shell("omiti2v leaderboard verify --board hf://datasets/org/board")
    assert "all hold" in done.stdout
