"""Damaged logs: each bad row is named with its line, and a copy goes on without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from run_rows import info_of, measurement, response, video

from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.records import MAX_LINE_BYTES
from omiti2v.runs import RunWriter, copy_without_bad_rows, read_run


@pytest.fixture
def folder(edition: Edition, tmp_path: Path) -> Path:
    """A run of three videos with an answer and a number each, and files of other kinds."""
    with RunWriter(tmp_path / "run", info_of(edition), edition) as run:
        for name in ("s000", "s001", "s002"):
            run.videos.add([video(name)])
            run.responses.add([response(name)])
            run.measurements.add([measurement(name)])
    for name in ("strips/s000.jpg", "reviews/ann.jsonl", "scores.json"):
        (tmp_path / "run" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "run" / name).write_text("{}\n")
    return tmp_path / "run"


def bend(folder: Path, log: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path = folder / f"{log}.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def garbled(rows: list[bytes]) -> list[bytes]:
    return [rows[0], rows[1][:40] + b"\x93!" + rows[1][42:], rows[2]]


def nuls(rows: list[bytes]) -> list[bytes]:
    return [rows[0], b"\0" * (len(rows[1]) - 1) + b"\n", rows[2]]


def too_long(rows: list[bytes]) -> list[bytes]:
    return [rows[0], b'{"x": "' + b"y" * (2 * MAX_LINE_BYTES + 5) + b'"}\n', rows[2]]


def two_in_one(rows: list[bytes]) -> list[bytes]:
    return [rows[0], rows[1].rstrip() + rows[1], rows[2]]


def foreign(rows: list[bytes]) -> list[bytes]:
    return [rows[0], rows[1].replace(b"s001", b"s999"), rows[2]]


def of_another_file(rows: list[bytes]) -> list[bytes]:
    return [rows[0], rows[1].replace(b'sha256":"0', b'sha256":"1'), rows[2]]


@pytest.mark.parametrize("log", ["videos", "responses", "measurements"])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (garbled, "the record: invalid JSON"),
        (nuls, "the record: invalid JSON"),
        (too_long, "line longer than"),
        (two_in_one, "the record: invalid JSON"),
        (foreign, "'s999' is not one that the run covers"),
        (of_another_file, "not about the video of"),
    ],
)
def test_a_bad_row_is_named_and_left_out_of_a_copy(
    edition: Edition,
    folder: Path,
    tmp_path: Path,
    log: str,
    change: Callable[[list[bytes]], list[bytes]],
    problem: str,
) -> None:
    bend(folder, log, change)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for use in (lambda: read_run(folder), lambda: RunWriter(folder, info_of(edition), edition)):
        with pytest.raises(UserError) as caught:
            use()
        said = str(caught.value)
        assert said.startswith(f"{folder}/{log}.jsonl:2: ")
        assert problem in said
        assert f"`omiti2v rescore {folder} --drop-bad-rows COPY`" in said
    (bad,) = copy_without_bad_rows(folder, tmp_path / "copy")
    assert (bad.path.name, bad.number) == (f"{log}.jsonl", 2)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    with RunWriter(tmp_path / "copy", info_of(edition), edition) as run:
        logs = {"videos": run.videos, "responses": run.responses, "measurements": run.measurements}
        left = {name: [row.sample_id for row in found.rows] for name, found in logs.items()}
    whole = ["s000", "s001", "s002"]
    assert left == {name: ["s000", "s002"] if name == log else whole for name in left}
    names = {path.name for path in (tmp_path / "copy").iterdir()}
    assert {"strips", "reviews", "run.json"} <= names
    assert "scores.json" not in names  # it would not fit


def test_a_row_that_is_there_twice_says_the_same_and_is_harmless(
    edition: Edition, folder: Path, tmp_path: Path
) -> None:
    whole = read_run(folder)
    for log in ("videos", "responses", "measurements"):
        bend(folder, log, lambda rows: [rows[0], rows[1], *rows, rows[1][:30]])
    (folder / "scores.json").unlink()
    again = read_run(folder)
    assert (again.videos, again.responses) == (whole.videos, whole.responses)
    with RunWriter(folder, info_of(edition), edition) as run:
        assert len(run.responses.rows) == 3
    assert copy_without_bad_rows(folder, tmp_path / "copy") == []
    assert not (tmp_path / "copy").exists()


def test_of_two_rows_that_say_different_things_none_is_believed(
    folder: Path, tmp_path: Path
) -> None:
    bend(folder, "responses", lambda rows: [*rows, rows[1].replace(b'"yes"', b'"no"')])
    bad = copy_without_bad_rows(folder, tmp_path / "copy")
    assert [row.number for row in bad] == [2, 4]
    assert "s001/q1: two rows, expected one: lines 2, 4 say different things" in str(bad[0])


def test_what_a_power_cut_leaves_at_the_end_is_cut_off_as_ever(
    edition: Edition, folder: Path
) -> None:
    (folder / "scores.json").unlink()
    with (folder / "responses.jsonl").open("ab") as log:
        log.write(b"\0" * (MAX_LINE_BYTES + 9))
    with RunWriter(folder, info_of(edition), edition) as run:
        run.responses.add([])
    assert len(read_run(folder).responses) == 3


def test_a_copy_goes_into_a_new_folder_alone(folder: Path, tmp_path: Path) -> None:
    bend(folder, "videos", garbled)
    with pytest.raises(UserError, match="is there already; give a new folder"):
        copy_without_bad_rows(folder, folder)
    with pytest.raises(UserError, match="lies in the run, which stays as it is"):
        copy_without_bad_rows(folder, folder / "copy")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="copy: can't be written"):
        copy_without_bad_rows(folder, tmp_path / "file" / "copy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edition", "file", "run"]
