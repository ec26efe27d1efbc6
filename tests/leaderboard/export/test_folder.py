"""An export is plain files, the same for the same board; no file of others is touched."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from leaderboard.entries import Board, load_board, open_storage, table_as_csv, verify_entries
from leaderboard.export import export_board
from leaderboard.export.folder import MANIFEST
from leaderboard.export.pages import export_pages
from omiti2v.errors import UserError


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def board(place: Any) -> Board:
    return load_board(open_storage(place.board))


@pytest.fixture(scope="module")
def exported(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "pages"
    export_board(board, folder)
    return folder


def test_the_same_board_gives_the_same_bytes_and_an_earlier_export_is_taken(
    place: Any, exported: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    shutil.copytree(exported, again)
    (again / "CNAME").write_text("example.org")
    listed = export_board(load_board(open_storage(place.board)), again)
    found = contents(again)
    assert found.pop("CNAME") == b"example.org"
    assert found == contents(exported)
    assert sorted(found) == sorted(listed)


def test_what_the_board_no_longer_has_is_removed(board: Board, tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    export_board(board, folder)
    assert (folder / "entries/official/framepack.zip").is_file()
    kept = [entry for entry in board.entries if entry.id != "official/framepack"]
    export_board(Board(board.storage, kept, ()), folder)
    assert not (folder / "entries/official/framepack.zip").exists()
    assert (folder / "entries/official/framepack-f1.zip").is_file()


@pytest.mark.parametrize("name", ["index.html", ".git", "paper.tex"])
def test_a_folder_of_others_is_refused_untouched(board: Board, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UserError, match="is not empty and no earlier export"):
        export_board(board, tmp_path)
    assert contents(tmp_path) == {name: b"mine"}


@pytest.mark.parametrize("manifest", ['{"files": ["../../x"]}', '{"files": 1}', "[]", ""])
def test_a_false_list_of_files_deletes_nothing(board: Board, tmp_path: Path, manifest: str) -> None:
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(UserError, match=MANIFEST):
        export_board(board, tmp_path)
    assert list(contents(tmp_path)) == [MANIFEST]


def test_an_export_that_was_cut_off_is_taken_up_again(
    board: Board, exported: Path, tmp_path: Path
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "pages"
    with pytest.raises(KeyboardInterrupt):
        export_board(board, folder, progress=stop)
    assert not (folder / "index.html").exists()
    export_board(board, folder)
    assert contents(folder) == contents(exported)


def test_an_empty_board_says_how_to_begin(tmp_path: Path) -> None:
    empty = tmp_path / "board"
    empty.mkdir()
    with pytest.raises(UserError, match="has no entries; `omiti2v leaderboard add RUN`"):
        export_board(load_board(open_storage(empty)), tmp_path / "pages")


def test_the_files_for_download_are_the_board_again(
    board: Board, exported: Path, tmp_path: Path
) -> None:
    for path in [*exported.rglob("*.zip")]:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path)
    again = load_board(open_storage(tmp_path))
    assert not again.broken
    assert [entry.id for entry in again.entries] == [entry.id for entry in board.entries]
    wrong = [found for found in verify_entries(again, again.entries) if found.level == "wrong"]
    assert wrong == []


def test_data_and_pages_are_of_the_same_rows(board: Board, exported: Path) -> None:
    for page in export_pages(board):
        rows = json.loads((exported / f"{page.name}.json").read_text())["rows"]
        text = (exported / f"{page.name}.csv").read_text()
        assert text == table_as_csv(page.table)
        ids = [row.id for row in page.table.rows]
        assert [row["id"] for row in rows] == ids
        assert [row["id"] for row in csv.DictReader(io.StringIO(text))] == ids
    first = export_pages(board)[0]
    assert (exported / "index.html").read_bytes() == (exported / f"{first.name}.html").read_bytes()
