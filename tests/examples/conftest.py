"""The example's script as a module, and a small edition of rendered shapes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from alignvid_ref.generation.backbones.registry import require_backbone
from evaluators.world import WorldSettings, make_scenes, write_edition
from omiti2v.cli import main

SCRIPT = Path(__file__).parents[2] / "examples/reference-rows/make_rows.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_rows", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition of two samples as `omiti2v demo` renders it."""
    model = require_backbone("tiny-wan", option="test")
    settings = WorldSettings(
        width=model.width,
        height=model.height,
        frames=model.frames,
        fps=model.fps,
        backgrounds=("plain", "gradient"),
    )
    folder = tmp_path_factory.mktemp("shapes")
    write_edition(folder, make_scenes(2, seed=60_000_000, settings=settings))
    return folder


@pytest.fixture
def make_rows(
    script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str]]:
    """Runs the script in this process; its exit status and what it printed."""

    def printed() -> str:
        said = capfd.readouterr()
        return said.err + said.out

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OMITI2V_CACHE", str(tmp_path / "cache.sqlite3"))
        monkeypatch.setattr(sys, "argv", ["make_rows.py", *map(str, arguments)])
        try:
            script.main()
        except SystemExit as done:
            if isinstance(done.code, str):  # as Python ends with a message
                return 1, printed() + done.code
            return int(done.code or 0), printed()
        return 0, printed()

    return run


@pytest.fixture
def commands_here(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> list[list[str]]:
    """Has the script's commands run in this process, which saves their start; lists them."""
    seen: list[list[str]] = []

    def run(
        command: list[str], *, check: bool, stdout: int | None = None, **_: Any
    ) -> subprocess.CompletedProcess[str]:
        assert command[:3] == [sys.executable, "-m", "omiti2v"]
        seen.append(command[3:])
        said = capfd.readouterr() if stdout else None
        code: object = 0
        with monkeypatch.context() as changed:
            changed.setattr(sys, "argv", command[2:])
            try:
                main()
            except SystemExit as done:
                code = done.code or 0
        text = capfd.readouterr().out if stdout else ""
        if said:
            os.write(1, said.out.encode())
            os.write(2, said.err.encode())
        if check and code:
            raise subprocess.CalledProcessError(int(str(code)), command)
        return subprocess.CompletedProcess(command, int(str(code)), text)

    fake = SimpleNamespace(
        run=run, PIPE=subprocess.PIPE, CalledProcessError=subprocess.CalledProcessError
    )
    monkeypatch.setattr(script, "subprocess", fake)
    return seen
