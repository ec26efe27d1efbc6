"""The board: ten honest entries of the packaged board, thirty forged ones, and what is found."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from lab.forged_board.forgeries import Forgery, called, forgeries, made_up, with_digests
from lab.tables import markdown
from leaderboard.entries import PACKAGED, load_board, open_storage, read_entry_run
from leaderboard.entries.add import write_files
from leaderboard.entries.display_text import display_text
from leaderboard.entries.entry_files import entry_files
from leaderboard.entries.finding import Finding
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
    shutil.copytree(PACKAGED / "editions", folder / "editions")
    for name in HONEST:
        place = Path("entries") / EDITION / name
        target = (folder / place).resolve()
        shutil.copytree((PACKAGED / place).resolve(), target)
    for forgery in all_forgeries():
        write_files(folder, forged_files(forgery))


def findings_by_entry(folder: Path, *, submitted: bool = False) -> dict[str, list[Finding]]:
    """What `verify` says of each forged entry; `submitted` takes them for handed in."""
    board = load_board(open_storage(folder))
    ids = [f"{EDITION}/{forgery.slug}" for forgery in all_forgeries()]
    chosen = [entry for entry in board.all if entry.id in ids or not submitted]
    found: dict[str, list[Finding]] = {entry.id: [] for entry in board.all}
    for finding in verify_entries(board, chosen, submitted=submitted):
        for name in (finding.entry, *finding.others):
            found[name].append(finding)
    return found


def as_table(folder: Path) -> str:
    """The table of the page."""
    told = findings_by_entry(folder)
    handed_in = findings_by_entry(folder, submitted=True)
    rows = []
    for forgery in all_forgeries():
        place = f"{EDITION}/{forgery.slug}"
        refused = any(finding.level == "wrong" for finding in handed_in[place])
        rows.append(
            (
                forgery.slug,
                forgery.what,
                _in_words(forgery, told[place]),
                "refused" if refused else "taken",
            )
        )
    columns = ("entry", "what was forged", "`verify` says", "as a pull request")
    return markdown(columns, rows, left=len(columns))


def _in_words(forgery: Forgery, findings: Sequence[Finding]) -> str:
    telling = [finding for finding in findings if forgery.says and forgery.says in finding.found]
    if not telling:
        return NOTHING
    first = telling[0]
    stated = f", stated as {first.stated}" if first.stated else ""
    more = f"; {len(findings) - 1} more" if len(findings) > 1 else ""
    text = display_text(f"{first.level}: {first.what}: {first.found}{stated}{more}")
    return text.replace("|", "\\|").replace("_", "\\_").replace("<", "&lt;")
