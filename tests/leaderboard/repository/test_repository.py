"""A results repository: what is written, and the steps from there to a published board."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaderboard.entries import PACKAGED, load_board, open_storage
from leaderboard.entries.verify import verify_editions
from leaderboard.repository import BOARD, VERIFY, installed_versions, write_repository
from omiti2v.cli import leaderboard_repository
from omiti2v.errors import UserError

ROOT = Path(__file__).parents[3]
PAGES = ".github/workflows/publish-pages.yml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_repository(tmp_path / "results")
    return tmp_path / "results"


def read_workflow(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=yaml.BaseLoader)  # noqa: S506 (text and lists only)


def test_it_holds_the_packaged_editions_and_no_entry(repository: Path) -> None:
    board = load_board(open_storage(repository / BOARD))
    assert board.all == ()
    assert {finding.level for finding in verify_editions(board)} == {"note"}
    for name in ("editions", "calibrations"):
        files = {path.name: path.read_bytes() for path in (PACKAGED / name).iterdir()}
        assert {
            path.name: path.read_bytes() for path in (repository / BOARD / name).iterdir()
        } == files


def test_the_workflow_that_verifies_is_the_packages_own_and_finds_the_board(
    repository: Path,
) -> None:
    copy = repository / ".github/workflows" / VERIFY.name
    assert copy.read_bytes() == VERIFY.read_bytes()
    assert f"base/{BOARD}" in copy.read_text()


def test_the_site_is_published_with_no_more_rights_than_it_needs(repository: Path) -> None:
    workflow = read_workflow(repository / PAGES)
    assert workflow["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": ""}
    assert workflow["permissions"] == {"contents": "read"}
    build, deploy = workflow["jobs"]["build"], workflow["jobs"]["deploy"]
    assert "permissions" not in build
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert not any("run" in step for step in deploy["steps"])  # with those rights, no code of ours
    for step in build["steps"] + deploy["steps"]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"])


def test_what_the_workflows_install_is_pinned(repository: Path, tmp_path: Path) -> None:
    assert (
        f"omiti2v[leaderboard]=={version('omiti2v')}" in (repository / "pyproject.toml").read_text()
    )
    source = "git+https://example.org/omiti2v@" + "0" * 40
    write_repository(tmp_path / "other", source=source)
    assert f'["omiti2v[leaderboard] @ {source}"]' in (tmp_path / "other/pyproject.toml").read_text()
    pins = dict(line.split("==") for line in (repository / "constraints.txt").read_text().split())
    assert pins == installed_versions("omiti2v", extra="leaderboard")
    assert {"numpy", "pydantic", "scipy", "streamlit"} <= pins.keys()
    assert not {"omiti2v", "torch", "pytest"} & pins.keys()
    assert pins["numpy"] == version("numpy")


def test_a_folder_with_something_in_it_and_a_source_that_is_none_are_refused(
    repository: Path, tmp_path: Path
) -> None:
    before = sorted(repository.rglob("*"))
    with pytest.raises(UserError, match="results: is there already"):
        leaderboard_repository.init_repo(repository)
    assert sorted(repository.rglob("*")) == before
    for source in ("omiti2v", 'https://x"\ny', "../checkout"):
        with pytest.raises(UserError, match=r"^--source: .*: expected an address"):
            write_repository(tmp_path / "new", source=source)
    assert not (tmp_path / "new").exists()


class Runner:
    """Runs the steps of a workflow's job as GitHub does, as far as a machine without it can.

    `actions/checkout` clones the bare repository, `actions/setup-python` gives a fresh environment
    where what is installed here can be imported, and a `run` is run by bash. What else is used is
    only noted.
    """

    def __init__(self, origin: Path, workspace: Path) -> None:
        self.origin, self.workspace = origin, workspace
        self.used: list[str] = []
        workspace.mkdir()
        self.environment = os.environ | {
            # What can be imported is found here; nothing is fetched.
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # what turns the isolation off, by pip's own logic
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.environment.pop("PYTHONPATH", None)

    def run(
        self, job: dict[str, Any], *, merge: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The last step that was run; steps end at one that fails."""
        for step in job["steps"]:
            options = step.get("with", {})
            if "run" in step:
                done = self.shell(step["run"])
                if done.returncode:
                    break
            elif step["uses"].startswith("actions/checkout@"):
                folder = self.workspace / options.get("path", ".")
                git(self.workspace, "clone", "--quiet", self.origin, folder)
                if merge and "ref" not in options:
                    git(folder, "merge", "--quiet", "--no-ff", "-m", "merge", f"origin/{merge}")
            elif step["uses"].startswith("actions/setup-python@"):
                self.make_environment()
            else:
                self.used.append(step["uses"].partition("@")[0])
        return done

    def shell(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line],
            cwd=self.workspace,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def make_environment(self) -> None:
        folder = self.workspace / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        here = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "here.pth").write_text("\n".join(here) + "\n")
        self.environment["PATH"] = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"


def git(folder: Path, *arguments: object) -> str:
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(
        ["git", *who, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A bare repository whose `main` is what `init-repo` writes, with this code as its source."""
    write_repository(tmp_path / "results", source=f"file://{ROOT}")
    git(tmp_path, "init", "--quiet", "--bare", "-b", "main", "origin.git")
    git(tmp_path / "results", "init", "--quiet", "-b", "main")
    git(tmp_path / "results", "add", ".")
    git(tmp_path / "results", "commit", "--quiet", "-m", "A board without entries")
    git(tmp_path / "results", "push", "--quiet", tmp_path / "origin.git", "main")
    return tmp_path / "origin.git"


@pytest.mark.slow
def test_from_a_new_repository_to_a_merged_entry_and_a_published_page(
    origin: Path, tmp_path: Path
) -> None:
    # Somebody adds an entry on a branch: one of the packaged board, whose log is at hand.
    fork = tmp_path / "fork"
    git(tmp_path, "clone", "--quiet", origin, fork)
    git(fork, "switch", "--quiet", "--create", "my-entry")
    name = "entries/known-answer/edit-done"
    shutil.copytree(PACKAGED / name, fork / BOARD / name)
    git(fork, "add", f"{BOARD}/entries")
    git(fork, "commit", "--quiet", "-m", "Add an entry")
    git(fork, "push", "--quiet", "origin", "my-entry")

    # The check of the pull request, by the workflow that the repository holds.
    workflow = read_workflow(tmp_path / "results/.github/workflows" / VERIFY.name)
    (job,) = workflow["jobs"].values()
    runner = Runner(origin, tmp_path / "check")
    done = runner.run(job, merge="my-entry")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 new entry: holds" in done.stdout
    # What was installed is a wheel, which must hold what a repository is made of.
    assert runner.shell("omiti2v leaderboard init-repo another").returncode == 0

    # One that changes a number besides is refused.
    scores = fork / BOARD / name / "scores.json"
    scores.write_text(scores.read_text().replace('"samples": 48', '"samples": 49'))
    git(fork, "switch", "--quiet", "--create", "forged")
    git(fork, "commit", "--quiet", "-a", "-m", "A better number")
    git(fork, "push", "--quiet", "origin", "forged")
    again = Runner(origin, tmp_path / "forged")
    refused = again.run(job, merge="forged")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "something is wrong with" in refused.stdout

    # It is merged, and the site is published from `main`.
    git(tmp_path / "results", "pull", "--quiet", "--no-rebase", origin, "my-entry")
    git(tmp_path / "results", "push", "--quiet", origin, "main")
    workflow = read_workflow(tmp_path / "results" / PAGES)
    runner = Runner(origin, tmp_path / "pages")
    done = runner.run(workflow["jobs"]["build"])
    if "No such command 'export'" in done.stderr:
        pytest.skip("all but the page was made: `omiti2v leaderboard export` is not there yet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.used == ["actions/upload-pages-artifact"]
    assert "edit-done" in (tmp_path / "pages/site/index.html").read_text()
