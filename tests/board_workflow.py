"""Runs the jobs of a workflow as GitHub does, as far as a machine without it can."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{ *([\w.]+) *\}\}")


def read_workflow(path: Path) -> dict[str, Any]:
    """A workflow; every value is text, so that `on` is no truth value."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506
    return loaded


def git(folder: Path, *arguments: object) -> str:
    """What a git command prints; it must not fail."""
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(
        ["git", *who, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Runner:
    """Runs the steps of a job in a workspace.

    `actions/checkout` clones the repository; of other actions the names are noted in `used`. A
    `run` is run by bash, with the Python of the tests first on the path.

    Args:
        origin: The repository.
        workspace: A new folder.
        values: Of each expression, as `github.base_ref`.
    """

    def __init__(self, origin: Path, workspace: Path, values: Mapping[str, str]) -> None:
        self.origin, self.workspace, self.values = origin, workspace, values
        self.programs = Path(sys.executable).parent
        self.used: list[str] = []
        workspace.mkdir()

    def do(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str] | None:
        """Do a step; gives what came of its `run`, None where it has none."""
        if "run" in step:
            return self.run(step)
        if step["uses"].startswith("actions/checkout@"):
            options = {name: self._fill(value) for name, value in step.get("with", {}).items()}
            branch = ("--branch", options["ref"]) if "ref" in options else ()
            folder = self.workspace / options.get("path", ".")
            git(self.workspace, "clone", "--quiet", *branch, self.origin, folder)
        else:
            self.used.append(step["uses"].partition("@")[0])
        return None

    def run(self, step: Mapping[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the `run` of a step."""
        own = {name: self._fill(value) for name, value in step.get("env", {}).items()}
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "COLUMNS")}
        path = {"PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}"}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=kept | path | own | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def _fill(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.values[found[1]], text)
