"""Writes the board that comes with the package: `python -m lab.packaged_board`.

Published numbers come from `leaderboard/data/reported-results.csv`, the still floor from the
annotations, and the known-answer submissions from a folder that `omiti2v demo` wrote.
"""

from __future__ import annotations

import argparse
import csv
import logging
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from leaderboard.entries import names
from leaderboard.entries.add import add_run, write_files
from leaderboard.entries.board import load_board
from leaderboard.entries.entry_files import Files, as_json_file, edition_files, floor_files
from leaderboard.entries.entry_info import EntryInfo, ReportedResults
from leaderboard.entries.storage import PACKAGED, FolderStorage
from omiti2v.dataset.compile import read_annotations
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.samples import CATEGORIES
from omiti2v.submissions import SubmissionInfo

logger = logging.getLogger(__name__)

ANNOTATIONS = Path(__file__).resolve().parents[1] / "annotations"
REPORTED = PACKAGED / "reported-results.csv"
ADDED = date(2026, 11, 22)

REPORTED_EDITION = "official"
REPORTED_JUDGE = "Qwen2.5-VL-32B-Instruct"
METRICS = ("dynamic_degree", "aesthetic_quality")
LINKS = {
    "paper (ICML 2026)": "https://arxiv.org/abs/2512.01334",
    "authors' README": "https://github.com/LAW1223/AlignVid",
}

DEMO_NOTE = (
    "A control: rendered videos of which every answer is known, made and judged by `omiti2v demo`."
)


def reported_files(table: Path) -> Iterator[Files]:
    """The files of the entries for published numbers.

    Args:
        table: A row an entry; numbers in percent, as published.

    Raises:
        UserError: A row is not complete.
    """
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                info = _reported(row)
            except (KeyError, ValueError) as error:
                raise UserError(f"{table}: {row.get('row')!r}: {error}") from None
            place = names.entry_path(REPORTED_EDITION, names.slug_of(row["row"]), names.ENTRY)
            yield {place: as_json_file(info)}


def _reported(row: Mapping[str, str]) -> EntryInfo:
    # Where the counts differ, the table's note is about them, and rows say more than it does.
    counted = row["samples_stated"] == row["samples_inferred"]
    return EntryInfo(
        badge="reported",
        added=ADDED,
        open_weights=True,
        source=row["source"],
        note=f"{row['note'][:1].upper()}{row['note'][1:]}." if counted else None,
        submission=SubmissionInfo(
            name=row["row"],
            method=row["method"],
            backbone=row["backbone"],
            settings={"gamma": float(row["gamma"])},
            links=(LINKS[row["source"]],),
        ),
        reported=ReportedResults(
            edition=REPORTED_EDITION,
            judge=REPORTED_JUDGE,
            samples_stated=int(row["samples_stated"]),
            samples_inferred=int(row["samples_inferred"]),
            categories={name: float(row[name]) for name in CATEGORIES},
            metrics={name: float(row[name]) for name in METRICS},
        ),
    )


def seed_board(board: Path, *, edition: Edition, table: Path = REPORTED) -> None:
    """Write the published numbers and the still floor onto a board; the same files every time.

    Args:
        board: Its folder.
        edition: What the floor is of.
        table: The published numbers.

    Raises:
        UserError: A file is broken or can't be written.
    """
    for files in reported_files(table):
        write_files(board, files)
    write_files(board, {**edition_files(edition), **floor_files(edition, added=ADDED)})
    _drop_unused_editions(board)


def seed_demo(board: Path, demo: Path) -> list[str]:
    """Add the runs of `omiti2v demo` to a board, with their edition.

    Args:
        board: Its folder.
        demo: What `omiti2v demo -o` wrote.

    Returns:
        The ids of the new entries.

    Raises:
        UserError: There is no run, a run is refused, or it is on the board already.
    """
    runs = sorted(path.parent for path in (demo / "runs").glob("*/run.json"))
    if not runs:
        raise UserError(f"{demo}: holds no runs/*/run.json; expected what `omiti2v demo` writes")
    return [add_run(run, board, added=ADDED, note=DEMO_NOTE, new_edition=True).id for run in runs]


def _drop_unused_editions(board: Path) -> None:
    """An edition whose annotations changed leaves a file behind that nothing names any more."""
    loaded = load_board(FolderStorage(board))
    if loaded.broken:
        return
    used = {entry.edition.fingerprint for entry in loaded.entries if entry.edition}
    for name in loaded.storage.names:
        if name.startswith(f"{names.EDITIONS}/") and name not in map(names.edition_path, used):
            (board / name).unlink()


def main() -> None:
    """Seed a board from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--board", type=Path, default=PACKAGED)
    parser.add_argument("--demo", type=Path, help="a folder that `omiti2v demo` wrote")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    seed_board(arguments.board, edition=read_annotations(ANNOTATIONS))
    if arguments.demo:
        for entry in seed_demo(arguments.board, arguments.demo):
            logger.info("added %s", entry)
    logger.info("%s: seeded", arguments.board)


if __name__ == "__main__":
    main()
