"""A pull request to a board: what it may change, and whether what it adds holds.

A pull request adds entries in folders of their own. Whatever else it changes on the board is for
a person to look at and is refused here, but a maintainer can take along what comes with an entry.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from leaderboard.entries import names
from leaderboard.entries.board import Board, key_of, load_board
from leaderboard.entries.checkouts import too_many
from leaderboard.entries.entry import BrokenEntry, Entry
from leaderboard.entries.finding import Finding, wrong
from leaderboard.entries.storage import Storage
from leaderboard.entries.verify import verify_entries
from omiti2v.digests import sha256_of_file
from omiti2v.errors import UserError


def verify_pull_request(
    before: Storage, after: Storage, *, new_editions: bool = False
) -> tuple[list[str], list[Finding]]:
    """Check what a pull request does to a board.

    What it does to the rest of a repository is for `changes_beside_entries` to say.

    Args:
        before: The board without it.
        after: The board with it.
        new_editions: A maintainer asks: new editions, and calibrations, that an added entry is
            about are taken, as `leaderboard add --new-edition` writes them.

    Returns:
        The ids of the new entries, and what does not hold.
    """
    changed = [
        name
        for name in sorted(before.names | after.names)
        if _digest(before, name) != _digest(after, name)
    ]
    changed += sorted(after.refused.keys() - before.refused.keys())
    for reason in too_many(len(changed)):
        return [], [wrong("board", "files", reason)]
    findings = [
        wrong("board", name, "is hidden; no entry has hidden files")
        for name in sorted(after.hidden - before.hidden - {".git"})
    ]
    old = {_entry_of(name) for name in before.names} - {None}
    new: set[str] = set()
    board = load_board(after)
    brought = _brought(board, known=old) - before.names if new_editions else set()
    for name in changed:
        entry = _entry_of(name)
        if name in brought:
            continue
        if entry is None:
            reason = "is no part of an entry; only entries are added here"
        elif entry in old:
            reason = f"belongs to {entry}, which is on the board already; add a new version"
        else:
            new.add(entry)
            continue
        findings.append(wrong("board", name, reason))
    findings += [
        wrong("board", name, problem) for name in brought if (problem := _broken(board, name))
    ]
    wanted: list[Entry | BrokenEntry] = [entry for entry in board.all if entry.id in new]
    for missing in sorted(new - {entry.id for entry in wanted}):
        findings.append(wrong(missing, "entry", "not in a folder of its own"))
    findings += verify_entries(board, wanted, submitted=True)
    return sorted(new), findings


def _brought(board: Board, *, known: Collection[str | None]) -> set[str]:
    """The editions and calibrations that entries which were not there before are about."""
    keys = [key_of(entry) for entry in board.entries if entry.id not in known]
    paths = {names.edition_path(key.edition_fingerprint) for key in keys}
    return paths | {names.calibration_path(key.judge_fingerprint) for key in keys}


def _broken(board: Board, name: str) -> str | None:
    """What is wrong with a calibration; an edition is read with the entries that are about it."""
    for key in board.tables:
        if name == names.calibration_path(key.judge_fingerprint):
            try:
                board.calibration(key)
            except UserError as error:
                return str(error)
    return None


def _digest(storage: Storage, name: str) -> str | None:
    return sha256_of_file(storage.path(name)) if name in storage.names else None


def _entry_of(name: str) -> str | None:
    parts = Path(name).parts
    return "/".join(parts[1:3]) if len(parts) == 4 and parts[0] == names.ENTRIES else None
