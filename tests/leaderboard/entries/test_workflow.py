"""The workflow that looks at pull requests, run on proposals in repositories of git."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from board_workflow import Runner, git, read_workflow
from typer.testing import CliRunner

import leaderboard.entries
from leaderboard.entries import PACKAGED
from omiti2v.cli import app

WORKFLOW = Path(leaderboard.entries.__file__).parent / "workflow" / "verify-entries.yml"
BOARD = Path("leaderboard/data")
ENTRIES = BOARD / "entries" / "known-answer"
NEW = ENTRIES / "edit-done"

(JOB,) = read_workflow(WORKFLOW)["jobs"].values()
CHECKOUT, _, INSTALL, MERGE, VERIFY = JOB["steps"]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository whose `main` has a board with an entry, and the workflow."""
    place = tmp_path_factory.mktemp("origin")
    work = place / "work"
    shutil.copytree(PACKAGED / "editions", work / BOARD / "editions")
    shutil.copytree(PACKAGED / "entries/known-answer/blank", work / ENTRIES / "blank")
    (work / ".github" / "workflows").mkdir(parents=True)
    shutil.copy(WORKFLOW, work / ".github" / "workflows")
    (work / "README.md").write_text("A board.\n")
    git(work, "init", "--quiet", "-b", "main")
    commit(work)
    git(place, "clone", "--quiet", "--bare", work, "origin.git")
    return place / "origin.git"


@pytest.fixture
def proposal(origin: Path, tmp_path: Path) -> Path:
    """A clone with an honest new entry, on a branch, not committed."""
    clone = tmp_path / "proposal"
    git(tmp_path, "clone", "--quiet", origin, clone)
    git(clone, "switch", "--quiet", "--create", "my-entry")
    shutil.copytree(PACKAGED / "entries/known-answer/edit-done", clone / NEW)
    return clone


@pytest.fixture
def propose(origin: Path, proposal: Path, tmp_path: Path) -> Callable[[], Runner]:
    """Pushes the proposal and takes the steps before the last one."""

    def push() -> Runner:
        commit(proposal)
        git(proposal, "push", "--quiet", "--force", "origin", "my-entry")
        head = git(proposal, "rev-parse", "HEAD").strip()
        values = {"github.base_ref": "main", "github.event.pull_request.head.sha": head}
        runner = Runner(origin, tmp_path / "workspace", values)
        runner.do(CHECKOUT)
        done = runner.do(MERGE)
        assert done
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return runner

    return push


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "A change", "--allow-empty")


def lines_of(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """What the last step says, by the command in it, in this process: a new one takes its time."""
    monkeypatch.chdir(runner.workspace)
    # Where a terminal is this wide, nothing folds.
    monkeypatch.setattr("omiti2v.cli.console.STDOUT._width", int(VERIFY["env"]["COLUMNS"]))
    command = VERIFY["run"].splitlines()[-1]
    done = CliRunner().invoke(app, shlex.split(command)[1:])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout.splitlines()


def test_an_honest_entry_holds_and_is_named(propose: Callable[[], Runner]) -> None:
    done = propose().do(VERIFY)
    assert done
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[1:] == [
        "new: known-answer/edit-done",
        "1 new entry: holds",
    ]


def test_entries_that_came_since_are_no_matter_of_the_proposal(
    origin: Path, propose: Callable[[], Runner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = git(origin, "rev-parse", "main").strip()
    clone = tmp_path / "since"
    git(tmp_path, "clone", "--quiet", origin, clone)
    shutil.copytree(PACKAGED / "entries/known-answer/still", clone / ENTRIES / "still")
    commit(clone)
    git(clone, "push", "--quiet", "origin", "main")
    try:
        assert lines_of(propose(), monkeypatch)[1][-2:] == [
            "new: known-answer/edit-done",
            "1 new entry: holds",
        ]
    finally:
        git(origin, "update-ref", "refs/heads/main", before)


def hide(clone: Path) -> None:
    (clone / NEW / ".hidden.json").write_text("{}")


def link_the_board(clone: Path) -> None:
    shutil.rmtree(clone / BOARD)
    (clone / BOARD).symlink_to("../../base/leaderboard/data")


def link_a_file(clone: Path) -> None:
    (clone / NEW / "run.json").unlink()
    (clone / NEW / "run.json").symlink_to("/etc/passwd")


def change_the_readme(clone: Path) -> None:
    (clone / "README.md").write_text("All hold.\n")


def change_the_workflow(clone: Path) -> None:
    (clone / ".github/workflows/verify-entries.yml").write_text("on: pull_request\n")


def add_a_workflow(clone: Path) -> None:
    (clone / ".github/workflows/other.yml").write_text("on: push\n")


def add_a_submodule(clone: Path) -> None:
    commit(clone)
    head = git(clone, "rev-parse", "HEAD").strip()
    git(clone, "update-index", "--add", "--cacheinfo", f"160000,{head},{NEW}/more")
    git(clone, "commit", "--quiet", "-m", "A submodule")
    (clone / NEW / "more").mkdir()  # else the next commit would take it out again


def make_executable(clone: Path) -> None:
    (clone / NEW / "run.json").chmod(0o755)


def alter_an_entry(clone: Path) -> None:
    path = clone / ENTRIES / "blank" / "scores.json"
    path.write_text(path.read_text() + "\n")


def delete_an_entry(clone: Path) -> None:
    shutil.rmtree(clone / ENTRIES / "blank")


def add_an_edition(clone: Path) -> None:
    (clone / BOARD / "editions" / f"{'0' * 64}.jsonl.gz").write_bytes(b"")


def add_too_much(clone: Path) -> None:
    folder = clone / ENTRIES / "large"
    folder.mkdir()
    for number in range(201):
        (folder / f"{number}.json").write_text("{}")
    shutil.rmtree(clone / NEW)


def name_oddly(clone: Path) -> None:
    (clone / NEW / "a\n::error::b.json").write_text("{}")


def name_in_no_language(clone: Path) -> None:
    with open(os.fsencode(clone / NEW) + b"/\xff.json", "w") as file:  # noqa: PTH123
        file.write("{}")


@pytest.mark.parametrize(
    ("change", "what", "found"),
    [
        (hide, f"{NEW}/.hidden.json", "is hidden"),
        (link_the_board, f"{BOARD}", "is a link"),
        (link_a_file, f"{NEW}/run.json", "is a link"),
        (change_the_readme, "README.md", "is changed outside the board"),
        (change_the_workflow, ".github/workflows/verify-entries.yml", "is changed outside"),
        (add_a_workflow, ".github/workflows/other.yml", "is added outside the board"),
        (add_a_submodule, f"{NEW}/more", "is a submodule"),
        (make_executable, f"{NEW}/run.json", "is executable"),
        (
            alter_an_entry,
            "entries/known-answer/blank/scores.json",
            "belongs to known-answer/blank, which is",
        ),
        (
            delete_an_entry,
            "entries/known-answer/blank/run.json",
            "belongs to known-answer/blank, which is",
        ),
        (add_an_edition, f"editions/{'0' * 64}.jsonl.gz", "is no part of an entry"),
        (add_too_much, "files", "201 changed; at most 200 in one pull request"),
        (name_oddly, f"{NEW}/a[U+000A]::error::b.json", "is not a plain name"),
        (name_in_no_language, f"{NEW}/[U+DCFF].json", "is not a plain name"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_anything_else_is_refused_with_a_line_that_says_what(
    proposal: Path,
    propose: Callable[[], Runner],
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Path], None],
    what: str,
    found: str,
) -> None:
    change(proposal)
    code, lines = lines_of(propose(), monkeypatch)
    assert code == 1
    told = [line for line in lines if re.search(r"^\S+ +wrong +", line)]
    assert any(re.match(rf"\w+ +wrong +{re.escape(what)} +{found}", line) for line in told), lines
    assert len(told) == (7 if change is delete_an_entry else 1), lines


def test_one_that_is_refused_ends_the_job(proposal: Path, propose: Callable[[], Runner]) -> None:
    name_oddly(proposal)
    change_the_readme(proposal)
    done = propose().do(VERIFY)
    assert done
    assert done.returncode == 1
    first, *rest = done.stdout.splitlines()
    # What is printed after it is no command to the runner, whatever a file is called.
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{64}", first)
    assert [line.split()[2] for line in rest[1:-1]] == [
        "README.md",
        f"{NEW}/a[U+000A]::error::b.json",
    ]
    assert rest[-1] == "not only entries were added: nothing of it was read"


def test_links_and_filters_of_a_proposal_do_nothing_when_its_files_are_written(
    proposal: Path, propose: Callable[[], Runner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    (tmp_path / ".gitconfig").write_text(f'[filter "lfs"]\n\tsmudge = "touch {ran}; cat"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    (proposal / ".gitattributes").write_text("* filter=lfs\n")
    link_the_board(proposal)
    runner = propose()
    board = runner.workspace / "proposed" / BOARD
    assert not board.is_symlink()
    assert board.read_text() == "../../base/leaderboard/data"
    assert not ran.exists()


def test_one_that_can_not_be_merged_is_refused(
    origin: Path, proposal: Path, tmp_path: Path
) -> None:
    git(proposal, "checkout", "--quiet", "--orphan", "other")
    commit(proposal)
    git(proposal, "push", "--quiet", "origin", "other")
    head = git(proposal, "rev-parse", "HEAD").strip()
    values = {"github.base_ref": "main", "github.event.pull_request.head.sha": head}
    runner = Runner(origin, tmp_path / "workspace", values)
    runner.do(CHECKOUT)
    done = runner.do(MERGE)
    assert done
    assert done.returncode == 1
    assert "can't be merged" in done.stdout


def wheel(
    folder: Path, name: str, version: str, files: dict[str, str], *, needs: str | None = None
) -> None:
    """A wheel of few files."""
    facts = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
    files = files | {
        f"{facts}/METADATA": metadata,
        f"{facts}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{facts}/RECORD": "",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)


BACKEND = """
from pathlib import Path

def build_wheel(folder, *options):
    from shutil import copy
    copy(Path(__file__).parent / "prebuilt", Path(folder) / "board-1-py3-none-any.whl")
    return "board-1-py3-none-any.whl"
"""


@pytest.mark.slow
def test_what_is_installed_and_what_it_is_built_with_are_bound_by_the_constraints(
    origin: Path, tmp_path: Path
) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    for version in ("1.0", "2.0"):
        wheel(wheels, "needed", version, {"needed.py": f"version = {version}\n"})
        wheel(wheels, "board", "1", {"built_with.py": f"version = {version}\n"}, needs="needed")
        built = (wheels / "board-1-py3-none-any.whl").read_bytes()
        (wheels / "board-1-py3-none-any.whl").unlink()
        wheel(wheels, "backend", version, {"backend.py": BACKEND})
        with zipfile.ZipFile(wheels / f"backend-{version}-py3-none-any.whl", "a") as archive:
            archive.writestr("prebuilt", built)
    venv.create(tmp_path / "fresh", with_pip=True)
    runner = Runner(origin, tmp_path / "workspace", {})
    base = runner.workspace / "base"
    base.mkdir()
    (base / "pyproject.toml").write_text(
        "[build-system]\nrequires = ['backend']\nbuild-backend = 'backend'\n"
    )
    (base / "constraints.txt").write_text("backend==1.0\nneeded==1.0\n")
    done = runner.run(
        INSTALL,
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(wheels),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PATH=f"{tmp_path / 'fresh' / 'bin'}{os.pathsep}{os.environ['PATH']}",
    )
    assert done.returncode == 0, done.stderr
    (packages,) = (tmp_path / "fresh").glob("lib/python*/site-packages")
    for name in ("built_with.py", "needed.py"):
        assert (packages / name).read_text() == "version = 1.0\n"


def test_it_has_no_rights_and_runs_nothing_that_others_can_change() -> None:
    text = WORKFLOW.read_text()
    workflow = read_workflow(WORKFLOW)
    assert workflow["on"] == "pull_request_target"  # as the default branch has it
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in JOB
    assert "secrets" not in text.replace("import secrets", "").replace("secrets.token_hex", "")
    assert 0 < int(JOB["timeout-minutes"]) <= 30
    assert workflow["concurrency"]["cancel-in-progress"] == "true"
    for step in JOB["steps"]:
        # What a pull request calls its branch or title must not become a command.
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            pinned = rf"uses: {re.escape(step['uses'])} # v\d+\.\d+\.\d+\n"
            assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"])
            assert re.search(pinned, text)
        if "python-version" in step.get("with", {}):
            assert re.fullmatch(r"3\.11\.\d+", step["with"]["python-version"])
    assert CHECKOUT["with"]["ref"] == "${{ github.base_ref }}"
    assert CHECKOUT["with"]["persist-credentials"] == "false"
    assert sum("checkout@" in step.get("uses", "") for step in JOB["steps"]) == 1
    assert "./base" in INSTALL["run"]
