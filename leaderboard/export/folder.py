"""Writing an export: each file whole or not at all, the page that visitors open last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from leaderboard.entries import Board, as_zip, table_as_csv, table_as_json
from leaderboard.entries.names import CALIBRATIONS, EDITIONS, ENTRIES, is_plain_path
from leaderboard.export.pages import export_pages, files_of, render_page
from omiti2v.errors import CannotWriteError, UserError
from omiti2v.records import Record, read_record, write_bytes_atomically

MANIFEST = "export.json"
INDEX = "index.html"
SAMPLES = "samples.zip"


class Export(Record):
    """The contents of `export.json`, by which a folder is known as an export.

    Attributes:
        made_by: The command.
        files: All that it wrote.
    """

    made_by: Literal["omiti2v leaderboard export"] = "omiti2v leaderboard export"
    files: tuple[str, ...]


def export_board(
    board: Board, folder: Path, *, progress: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Write a board as plain files: pages, data, and every entry's files.

    The same board gives the same bytes. What an earlier export left and this one has not is
    removed; files of others are left alone.

    Args:
        board: The board.
        folder: New, empty, or an earlier export.
        progress: Called for each entry that was written.

    Returns:
        The names of the files.

    Raises:
        UserError: The folder holds something else, there is nothing to export, or a file of the
            board can't be read.
        CannotWriteError: A file can't be written.
    """
    before = _earlier(folder)
    if not board.entries:
        raise UserError(f"{board.storage.place}: has no entries; `omiti2v leaderboard add RUN`")
    pages = export_pages(board)
    logs = {entry.id: files_of(entry.id) for entry in board.entries}
    texts: dict[str, str] = {}
    for page in pages:
        texts[f"{page.name}.json"] = table_as_json(page.table) + "\n"
        texts[f"{page.name}.csv"] = table_as_csv(page.table)
    for page in pages:
        texts[f"{page.name}.html"] = render_page(board, page, pages)
    texts[INDEX] = texts[f"{pages[0].name}.html"]
    files = tuple(sorted({*logs.values(), *texts, SAMPLES, MANIFEST}))
    # First, so that a folder whose export was cut off is still known as one.
    _write(folder, MANIFEST, _as_bytes(Export(files=tuple(sorted({*files, *before})))))
    for entry in board.entries:
        _write(folder, logs[entry.id], _zipped(board, f"{ENTRIES}/{entry.id}/"))
        progress()
    _write(folder, SAMPLES, _zipped(board, f"{EDITIONS}/", f"{CALIBRATIONS}/"))
    for name, text in texts.items():
        _write(folder, name, text.encode())
    for name in sorted(set(before) - set(files)):
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise CannotWriteError(folder / name, error) from None
    _write(folder, MANIFEST, _as_bytes(Export(files=files)))
    return files


def _earlier(folder: Path) -> tuple[str, ...]:
    """The files of an earlier export."""
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return ()
    except OSError as error:
        raise UserError(f"{folder}: can't be listed: {error.strerror}") from None
    if not (folder / MANIFEST).is_file():
        raise UserError(
            f"{folder}: is not empty and no earlier export; give a new folder, or empty this one"
        )
    files = read_record(folder / MANIFEST, Export).files
    for name in files:
        if not is_plain_path(name):
            raise UserError(f"{folder / MANIFEST}: files: no export writes {name!r}")
    return files


def _zipped(board: Board, *starts: str) -> bytes:
    storage = board.storage
    return as_zip(
        {name: storage.path(name).read_bytes() for name in storage.names if name.startswith(starts)}
    )


def _as_bytes(record: Export) -> bytes:
    return (record.model_dump_json(indent=1) + "\n").encode()


def _write(folder: Path, name: str, content: bytes) -> None:
    write_bytes_atomically(folder / name, content, sync=False)
