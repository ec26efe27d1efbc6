"""What a proposal changes in the whole repository of a board, and not on the board alone.

Both sides are checkouts. What they committed is compared, as git lists it: a working tree does not
show what is hidden, what is a submodule, or where a link leads.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leaderboard.entries.finding import Finding, wrong
from leaderboard.entries.names import is_plain_path
from omiti2v.errors import UserError
from omiti2v.safe_text import visible_text

MAX_CHANGED_FILES = 200
_PLAIN = "100644"
_KINDS = {"100755": "is executable", "120000": "is a link", "160000": "is a submodule"}


@dataclass(frozen=True)
class _Committed:
    """What a checkout committed: of each path its mode and the digest of its content."""

    root: Path
    board: str
    files: dict[str, tuple[str, str]]


def changes_beside_entries(before: str | Path, after: str | Path) -> list[Finding]:
    """What a proposal changes that no entry is made of, before any of it is read.

    Args:
        before, after: The board without the proposal and with it. Where one of them is a URL or in
            no checkout, or both are in the same, there is nothing to compare.

    Returns:
        Too many changes; files outside the board; links, submodules and executables; hidden files
        and odd names; what is on the board and not committed. What happens to plain files of the
        board is left to `verify_pull_request`.

    Raises:
        UserError: Git can't list what was committed, or the boards lie in different places.
    """
    old, new = _committed(before), _committed(after)
    if old is None or new is None or old.root == new.root:
        return []
    if old.board != new.board:
        raise UserError(
            f"{after}: at {new.board or '.'} of its repository, but {before} at "
            f"{old.board or '.'}; expected the same place"
        )
    paths = old.files.keys() | new.files.keys()
    changed = sorted(path for path in paths if old.files.get(path) != new.files.get(path))
    findings = [_finding("files", reason) for reason in too_many(len(changed))]
    for path in changed:
        if reason := _reason(path, old, new):
            findings.append(_finding(path, reason))
    uncommitted = "is not committed; a pull request has what is committed"
    return findings + [_finding(path, uncommitted) for path in _uncommitted(new)]


def too_many(changed: int) -> Iterator[str]:
    """Says so where more files changed than a person could look at."""
    if changed > MAX_CHANGED_FILES:
        yield f"{changed} changed; at most {MAX_CHANGED_FILES} in one pull request"


def _finding(path: str, reason: str) -> Finding:
    return wrong("repository", visible_text(path, one_line=True), reason)


def _reason(path: str, old: _Committed, new: _Committed) -> str | None:
    mode = new.files[path][0] if path in new.files else None
    if mode not in (_PLAIN, None):
        return f"{_KINDS.get(mode, f'has the mode {mode}')}; entries are plain files"
    board = old.board and f"{old.board}/"
    if not path.startswith(board):
        verb = "removed" if mode is None else "changed" if path in old.files else "added"
        return f"is {verb} outside the board; a pull request adds entries and nothing else"
    name = path.removeprefix(board)
    if any(part.startswith(".") for part in name.split("/")):
        return "is hidden; no entry has hidden files"
    return None if is_plain_path(name) else "is not a plain name"


def _committed(board: str | Path) -> _Committed | None:
    if "://" in str(board):
        return None
    # Links are not resolved: one in the place of the board would lead to another board.
    folder = Path(os.path.abspath(board))  # noqa: PTH100 (resolve follows links)
    root = next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)
    if root is None:
        return None
    files = {}
    for line in _git(root, "ls-tree", "-r", "-z", "--full-tree", "HEAD"):
        facts, _, path = line.partition("\t")
        mode, _, digest = facts.split(" ")
        files[path] = (mode, digest)
    place = folder.relative_to(root).as_posix()
    return _Committed(root, "" if place == "." else place, files)


def _uncommitted(checkout: _Committed) -> list[str]:
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching")
    lines = _git(checkout.root, "status", *options, "--", checkout.board or ".")
    return sorted(line[3:] for line in lines)


def _git(root: Path, *arguments: str) -> list[str]:
    """The parts that a command prints with `-z`; bytes that are no UTF-8 become surrogates."""
    # Named, so that no variable of a hook that calls this leads to another repository.
    where = (f"--git-dir={root / '.git'}", f"--work-tree={root}", "--no-optional-locks")
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and no word of a proposal in it)
            ["git", *where, *arguments],  # noqa: S607 (wherever it is installed)
            cwd=root,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise UserError(f"{root}: is a checkout, but git can't be run: {error.strerror}") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise UserError(f"{root}: git can't say what was committed: {reason}")
    return os.fsdecode(done.stdout).split("\0")[:-1]
