"""A results repository: what is written, and the steps from there to a published board."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from board_workflow import Runner, git, read_workflow

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
    assert pins.items() >= installed_versions("hatchling").items()
    assert pins | {"omiti2v": version("omiti2v")} == (
        installed_versions("omiti2v", extra="leaderboard") | installed_versions("hatchling")
    )
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


class FreshRunner(Runner):
    """`actions/setup-python` gives a fresh environment, where what is installed here is found."""

    def do(self, step: Mapping[str, Any]) -> subprocess.CompletedProcess[str] | None:
        if not step.get("uses", "").startswith("actions/setup-python@"):
            return super().do(step)
        folder = self.workspace / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        here = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "here.pth").write_text("\n".join(here) + "\n")
        self.programs = folder / "bin"
        return None

    def run(self, step: Mapping[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
        offline = {
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # what turns the isolation off, by pip's own logic
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        return super().run(step, **(offline | environment))

    def all(self, job: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """The last step that was run; steps end at one that fails."""
        for step in job["steps"]:
            if (done := self.do(step)) is not None:
                last = done
                if done.returncode:
                    break
        return last


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


def proposal(fork: Path) -> dict[str, str]:
    """What the workflow asks of the pull request that the fork's current branch is."""
    return {
        "github.base_ref": "main",
        "github.event.pull_request.head.sha": git(fork, "rev-parse", "HEAD").strip(),
    }


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
    runner = FreshRunner(origin, tmp_path / "check", proposal(fork))
    done = runner.all(job)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 new entry: holds" in done.stdout
    # What was installed is a wheel, which must hold what a repository is made of.
    assert runner.run({"run": "omiti2v leaderboard init-repo another"}).returncode == 0

    # One that changes a number besides is refused.
    scores = fork / BOARD / name / "scores.json"
    scores.write_text(scores.read_text().replace('"samples": 48', '"samples": 49'))
    git(fork, "switch", "--quiet", "--create", "forged")
    git(fork, "commit", "--quiet", "-a", "-m", "A better number")
    git(fork, "push", "--quiet", "origin", "forged")
    refused = FreshRunner(origin, tmp_path / "forged", proposal(fork)).all(job)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "something is wrong with" in refused.stdout

    # It is merged, and the site is published from `main`.
    git(tmp_path / "results", "pull", "--quiet", "--no-rebase", origin, "my-entry")
    git(tmp_path / "results", "push", "--quiet", origin, "main")
    workflow = read_workflow(tmp_path / "results" / PAGES)
    runner = FreshRunner(origin, tmp_path / "pages", {})
    done = runner.all(workflow["jobs"]["build"])
    if "No such command 'export'" in done.stderr:
        pytest.skip("all but the page was made: `omiti2v leaderboard export` is not there yet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.used == ["actions/upload-pages-artifact"]
    assert "edit-done" in (tmp_path / "pages/site/index.html").read_text()
