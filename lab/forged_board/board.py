"""The board: ten honest entries of the packaged board, thirty forged ones, and what is found."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from lab.forged_board.forgeries import Forgery, called, forgeries, made_up, with_digests
from lab.tables import markdown
from leaderboard.entries import PACKAGED, Board, load_board, open_storage, read_entry_run
from leaderboard.entries.add import remove_entry, write_files
from leaderboard.entries.board import key_of
from leaderboard.entries.display_text import display_text
from leaderboard.entries.entry_files import entry_files
from leaderboard.entries.finding import Finding
from leaderboard.entries.pull_request import verify_pull_request
from leaderboard.entries.storage import FolderStorage
from leaderboard.entries.table import make_row
from leaderboard.entries.verify import verify_entries
from omiti2v.runs import Run

PAGE = Path("docs/maintainers.md")
EDITION = "known-answer"
HONEST = (
    *("blank", "camera-only", "done-on-half", "edit-done", "still", "text-over-the-frames"),
    *("wrong-object", "../open/still-floor", "../official/framepack"),
    "../official/framepack-alignvid",
)
NOTHING = "nothing"


@cache
def original_run() -> Run:
    """The control that does every edit."""
    board = load_board(open_storage(PACKAGED))
    return read_entry_run(board.storage, board.by_id[f"{EDITION}/edit-done"])


@cache
def all_forgeries() -> tuple[Forgery, ...]:
    """What is forged."""
    return forgeries(original_run())


@cache
def forged_files(forgery: Forgery) -> dict[str, bytes]:
    """The files of a forged entry, by path on the board."""
    honest = with_digests(called(original_run(), forgery.title), made_up(forgery.slug))
    run = forgery.run(honest)
    files = entry_files(run, forgery.info)
    folder = next(iter(files)).rpartition("/")[0]
    contents = {name.rpartition("/")[2]: data for name, data in files.items()}
    forgery.files(contents, run)
    return {f"{folder}/{name}": data for name, data in contents.items()}


def write_forged_board(folder: Path) -> None:
    """Write the board into an empty folder."""
    write_honest_board(folder)
    for forgery in all_forgeries():
        write_files(folder, forged_files(forgery))


def write_honest_board(folder: Path) -> None:
    """Write the board without the forged entries into an empty folder."""
    shutil.copytree(PACKAGED / "editions", folder / "editions")
    for name in HONEST:
        place = Path("entries") / EDITION / name
        target = (folder / place).resolve()
        shutil.copytree((PACKAGED / place).resolve(), target)


def findings_by_entry(folder: Path) -> dict[str, list[Finding]]:
    """What `verify` says of each entry of the board."""
    board = load_board(open_storage(folder))
    found: dict[str, list[Finding]] = {entry.id: [] for entry in board.all}
    for finding in verify_entries(board, board.all):
        for name in (finding.entry, *finding.others):
            found[name].append(finding)
    return found


def findings_of_pull_requests() -> dict[str, list[Finding]]:
    """What the check of pull requests says of each forged entry, added to the honest ones alone."""
    found = {}
    with tempfile.TemporaryDirectory() as place:
        before, after = Path(place, "before"), Path(place, "after")
        write_honest_board(before)
        shutil.copytree(before, after)
        for forgery in all_forgeries():
            write_files(after, forged_files(forgery))
            name = f"{EDITION}/{forgery.slug}"
            added, found[name] = verify_pull_request(FolderStorage(before), FolderStorage(after))
            assert added == [name]
            remove_entry(after, name)
    return found


def as_table(
    folder: Path, told: Mapping[str, Sequence[Finding]], handed_in: Mapping[str, Sequence[Finding]]
) -> str:
    """The table of the page.

    Args:
        folder: The forged board.
        told: From `findings_by_entry`.
        handed_in: From `findings_of_pull_requests`.
    """
    board = load_board(open_storage(folder))
    rows = []
    for forgery in all_forgeries():
        place = f"{EDITION}/{forgery.slug}"
        rows.append(
            (
                forgery.slug,
                forgery.what,
                _in_words([row for row in told[place] if _tells(forgery, row)], told[place]),
                _shown(board, place),
                _decision(forgery, handed_in[place]),
            )
        )
    columns = ("entry", "what was forged", "`verify` says", "the board shows", "the workflow says")
    return markdown(columns, rows, left=len(columns))


def _tells(forgery: Forgery, finding: Finding) -> bool:
    return bool(forgery.says) and forgery.says in finding.found


def _decision(forgery: Forgery, findings: Sequence[Finding]) -> str:
    """What the workflow says, in full only where it is not what `verify` says first."""
    wrong = [finding for finding in findings if finding.level == "wrong"]
    if not wrong:
        return "taken, with a note" if findings else "taken"
    if any(_tells(forgery, finding) for finding in wrong):
        return "refused: the same"
    return f"refused: {_in_words(wrong[:1], wrong).removeprefix('wrong: ')}"


def _shown(board: Board, place: str) -> str:
    entry = board.by_id.get(place)
    if entry is None:
        return "that it can't be read"
    row, judge = make_row(entry), key_of(entry).judge
    honest = key_of(board.by_id[f"{EDITION}/edit-done"]).judge
    parts = ["a row" if judge == honest else f"a table of its own, “{judge}”"]
    if row.unranked:
        parts.append(f"not ranked: {row.unranked}")
    if row.badge != "responses":
        kept = "" if entry.recomputable else ", not recomputable"
        parts.append(f"the badge `{row.badge}`{kept}")
    return _escaped("; ".join(parts))


def _in_words(telling: Sequence[Finding], findings: Sequence[Finding]) -> str:
    if not telling:
        return NOTHING
    first = telling[0]
    stated = f", stated as {first.stated}" if first.stated else ""
    more = f"; {len(findings) - 1} more" if len(findings) > 1 else ""
    return _escaped(f"{first.level}: {first.what}: {first.found}{stated}{more}")


def _escaped(text: str) -> str:
    return display_text(text).replace("|", "\\|").replace("_", "\\_").replace("<", "&lt;")
