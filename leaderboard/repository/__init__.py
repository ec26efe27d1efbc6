"""A results repository: a board of its own, on GitHub, that takes entries by pull request.

It holds the board, the two workflows that check and show it, and what they install. The code stays
where it is: `pyproject.toml` names the version of it that the workflows run.
"""

from __future__ import annotations

import re
import shutil
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from leaderboard.entries import PACKAGED
from leaderboard.entries.names import CALIBRATIONS, EDITIONS
from omiti2v.dataset.export import new_folder
from omiti2v.errors import UserError
from omiti2v.records import brief

BOARD = "leaderboard/data"
"""Where the workflow that verifies pull requests looks for the board."""

VERIFY = Path(__file__).parent.parent / "entries" / "workflow" / "verify-entries.yml"
_WORKFLOWS = ".github/workflows"
_TEMPLATES = Path(__file__).parent / "templates"
_PACKAGE, _EXTRA = "omiti2v", "leaderboard"
_BUILT_WITH = "hatchling"
_SOURCE = re.compile(r"(?:git\+)?(?:https|ssh|file)://[^\s\"'\\;]+")
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[([\w.,-]+)\])?([^;]*)(?:;(.*))?")


def write_repository(folder: Path, *, source: str | None = None) -> str:
    """Write a results repository without entries, for the editions of the packaged board.

    Args:
        folder: Must not exist, or be empty. It appears whole or not at all.
        source: What pip installs the code from, as `git+https://HOST/ORG/NAME@COMMIT`; the
            released version of the code that runs where None.

    Returns:
        The requirement that its workflows install.

    Raises:
        UserError: The folder is taken or can't be written, or the source is no address.
    """
    if source is not None and not _SOURCE.fullmatch(source):
        raise UserError(
            f"--source: {brief(source)}: expected an address that pip installs from, as "
            "git+https://HOST/ORG/NAME@COMMIT"
        )
    requirement = f"{_PACKAGE}[{_EXTRA}]" + (f" @ {source}" if source else f"=={version(_PACKAGE)}")
    with new_folder(folder) as draft:
        for part in (EDITIONS, CALIBRATIONS):
            shutil.copytree(PACKAGED / part, draft / BOARD / part)
        (draft / _WORKFLOWS).mkdir(parents=True)
        shutil.copyfile(VERIFY, draft / _WORKFLOWS / VERIFY.name)
        pages = "publish-pages.yml"
        shutil.copyfile(_TEMPLATES / pages, draft / _WORKFLOWS / pages)
        shutil.copyfile(_TEMPLATES / "README.md", draft / "README.md")
        project = (_TEMPLATES / "pyproject.toml").read_text(encoding="utf-8")
        (draft / "pyproject.toml").write_text(
            project.replace("REQUIREMENT", requirement), encoding="utf-8"
        )
        versions = installed_versions(_PACKAGE, extra=_EXTRA) | installed_versions(_BUILT_WITH)
        versions.pop(_PACKAGE, None)
        lines = [f"{name}=={number}\n" for name, number in sorted(versions.items())]
        (draft / "constraints.txt").write_text("".join(lines), encoding="utf-8")
        # What is compared by its bytes must not depend on who checks it out.
        (draft / ".gitattributes").write_text(f"/{BOARD}/** -text\n", encoding="utf-8")
    return requirement


def installed_versions(package: str, *, extra: str = "") -> dict[str, str]:
    """The versions of a package and of what it needs, as far as it is installed.

    Args:
        package: Its name.
        extra: Also what this extra of it needs.
    """
    found: dict[str, str] = {}
    waiting = [(package, frozenset({extra}))]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue  # of another system, or of an extra that is not installed
        found[installed.name] = installed.version
        for line in installed.requires or ():
            parts = _REQUIREMENT.match(line)
            if parts is None:
                continue
            wanted = re.findall(r"extra\s*==\s*[\"']([^\"']+)", parts[4] or "")
            if wanted and not extras & set(wanted):
                continue
            item = (parts[1], frozenset((parts[2] or "").split(",")))
            if item not in seen:
                seen.add(item)
                waiting.append(item)
    return found
