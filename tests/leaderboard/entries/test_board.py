"""Loading a board: from a folder or a URL, and whatever lies in it."""

from __future__ import annotations

import pickle
import shutil
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.entries import Board, load_board, make_table, open_storage, read_entry_run
from leaderboard.entries.storage import FolderStorage, RemoteStorage
from omiti2v.calibration import SHARES, Calibration
from omiti2v.editions import Edition
from omiti2v.errors import UserError
from omiti2v.runs import Run

from .conftest import digest, stamp_of, still

MakeRun = Callable[..., Run]


@pytest.fixture
def two(make_run: MakeRun, add: Callable[..., str]) -> None:
    """A board with an entry to break and one that must still load."""
    add(make_run("broken"), make_run("whole", still))


def only_whole_loads(board: Board) -> str:
    """The reason for which the other does not."""
    assert [entry.slug for entry in board.entries] == ["whole"]
    (broken,) = board.broken
    assert broken.id == "open/broken"
    assert "\n" not in broken.reason
    return broken.reason


@pytest.mark.parametrize("name", ["entry.json", "run.json", "scores.json", "marks.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_file_breaks_its_entry_alone(
    two: None, folder: Path, load: Callable[[], Board], name: str, content: bytes
) -> None:
    (folder / "entries" / "open" / "broken" / name).write_bytes(content)
    reason = only_whole_loads(load())
    assert name in reason
    assert str(folder) not in reason  # where a server keeps its files is nobody's business


@pytest.mark.parametrize("name", ["entry.json", "run.json", "marks.json", "responses.jsonl.gz"])
def test_a_missing_file_breaks_its_entry_alone(
    two: None, folder: Path, load: Callable[[], Board], name: str
) -> None:
    (folder / "entries" / "open" / "broken" / name).unlink()
    assert name in only_whole_loads(load())


def test_a_pickle_or_any_other_file_has_no_place_in_an_entry(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    (folder / "entries" / "open" / "broken" / "model.pkl").write_bytes(pickle.dumps({}))
    assert only_whole_loads(load()) == "open/broken: model.pkl has no place in a responses entry"


def test_links_are_not_followed(
    two: None, folder: Path, tmp_path: Path, load: Callable[[], Board]
) -> None:
    entry = folder / "entries" / "open" / "broken"
    secret = tmp_path / "secret.json"
    secret.write_text('{"password": "hush"}')
    (entry / "run.json").unlink()
    (entry / "run.json").symlink_to(secret)
    assert only_whole_loads(load()) == "entries/open/broken/run.json: is a link"
    shutil.rmtree(entry)
    entry.symlink_to(tmp_path / "runs")
    assert only_whole_loads(load()) == "entries/open/broken: is a link"


def test_a_file_of_200_megabytes_is_not_opened(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    with (folder / "entries" / "open" / "broken" / "scores.json").open("r+b") as file:
        file.truncate(200_000_000)  # a hole: it takes no room on the disk
    assert "is larger than" in only_whole_loads(load())


def test_a_log_that_unpacks_to_too_much_is_refused_when_it_is_read(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    # Packed in blocks, so that the test does not need the room either.
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(1 << 20)
    packed = b"".join(packer.compress(block) for _ in range(80)) + packer.flush()
    (folder / "entries" / "open" / "broken" / "responses.jsonl.gz").write_bytes(packed)
    board = load()
    start = time.process_time()
    with pytest.raises(UserError, match="unpacks to more than"):
        read_entry_run(board.storage, board.by_id["open/broken"])
    assert time.process_time() - start < 5
    assert read_entry_run(board.storage, board.by_id["open/whole"])


@pytest.mark.parametrize("content", [b"", b"not gzip", b"\x1f\x8b\x08\x00"])
def test_a_log_that_is_no_gzip_file_is_refused(
    two: None, folder: Path, load: Callable[[], Board], content: bytes
) -> None:
    (folder / "entries" / "open" / "broken" / "videos.jsonl.gz").write_bytes(content)
    board = load()
    with pytest.raises(UserError, match=r"open/broken"):
        read_entry_run(board.storage, board.by_id["open/broken"])


def test_reading_an_entry_gives_the_run_that_was_added(
    make_run: MakeRun, add: Callable[..., str], load: Callable[[], Board]
) -> None:
    run = make_run("a model", still, speeds={"s000": 1.0})
    entry_id = add(run)
    board = load()
    again = read_entry_run(board.storage, board.by_id[entry_id])
    assert again.info == run.info
    assert again.responses == run.responses
    assert again.measurements == run.measurements
    assert again.videos == run.videos
    assert again.edition.fingerprint == run.edition.fingerprint


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_board_can_lie_behind_a_url(
    two: None, folder: Path, tmp_path: Path, load: Callable[[], Board], kind: str
) -> None:
    import fsspec

    if kind == "memory":
        url = f"memory://{tmp_path.name}/board"
        fsspec.filesystem("memory").put(str(folder), f"/{tmp_path.name}/board", recursive=True)
    else:
        url = f"file://{folder}"
    remote = load_board(open_storage(url, cache=tmp_path / "cache"))
    local = load()
    assert not remote.broken
    assert [entry.info for entry in remote.entries] == [entry.info for entry in local.entries]
    for key in local.tables:
        assert make_table(remote, key) == make_table(local, key)


def test_what_was_fetched_is_kept_until_it_changes(
    two: None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fsspec.implementations.local

    fetched: list[str] = []
    get_file = fsspec.implementations.local.LocalFileSystem.get_file

    def counted(self: object, remote: str, local: str, **options: object) -> None:
        fetched.append(remote)
        get_file(self, remote, local, **options)

    monkeypatch.setattr(fsspec.implementations.local.LocalFileSystem, "get_file", counted)
    url, cache = f"file://{folder}", tmp_path / "cache"
    load_board(RemoteStorage(url, cache=cache))
    assert fetched
    assert not any(name.endswith(".gz") for name in fetched)  # logs wait until they are wanted
    fetched.clear()
    assert len(load_board(RemoteStorage(url, cache=cache)).entries) == 2
    assert fetched == []
    path = folder / "entries" / "open" / "whole" / "entry.json"
    path.write_text(path.read_text().replace('"note": null', '"note": "Changed."'))
    board = load_board(RemoteStorage(url, cache=cache))
    assert [Path(name).name for name in fetched] == ["entry.json"]
    assert board.by_id["open/whole"].info.note == "Changed."


def test_a_file_that_changes_after_it_was_listed_is_not_taken_for_the_listed_one(
    two: None, folder: Path, tmp_path: Path
) -> None:
    storage = RemoteStorage(f"file://{folder}", cache=tmp_path / "cache")
    path = folder / "entries" / "open" / "broken" / "entry.json"
    path.write_text(path.read_text() + " ")
    assert "it changed since it was listed" in only_whole_loads(load_board(storage))


def test_a_board_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder; expected a board"):
        open_storage(tmp_path / "nowhere")
    with pytest.raises(UserError, match="can't be listed"):
        open_storage("nosuchprotocol://board", cache=tmp_path)
    assert load_board(open_storage("memory://nothing here", cache=tmp_path)).entries == ()


def test_a_table_is_shown_without_ranks_where_its_edition_is_broken(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    (edition,) = (folder / "editions").iterdir()
    edition.write_bytes(b"broken")
    board = load()
    (key,) = board.tables
    rows = make_table(board, key).rows
    assert len(rows) == 2
    assert all("the edition can't be read" in (row.unranked or "") for row in rows)


def test_an_entry_that_miscounts_its_edition_has_no_rank(
    two: None, folder: Path, load: Callable[[], Board], change_json: Callable[..., None]
) -> None:
    """All its files agree on eleven samples; only the edition itself has twelve."""
    for file, keys, value in (
        ("run.json", ["edition", "samples"], 11),
        ("scores.json", ["samples"], 11),
        ("marks.json", ["outcomes"], "s" * 11),
        ("marks.json", ["right"], [4] * 11),
    ):
        change_json("open/broken", file, keys, value)
    text = (folder / "entries" / "open" / "broken" / "scores.json").read_text()
    scores = text.replace('"n": 12', '"n": 11')
    (folder / "entries" / "open" / "broken" / "scores.json").write_text(scores)
    board = load()
    assert not board.broken
    (key,) = board.tables
    unranked = {row.name: row.unranked for row in make_table(board, key).rows}
    assert unranked == {"broken": "no success over all samples of the edition", "whole": None}


def test_odd_names_on_a_file_system_are_shown_as_text(
    two: None, folder: Path, load: Callable[[], Board]
) -> None:
    (folder / "entries" / "open" / "x\x1b[31m\u202e").mkdir()
    (folder / "entries" / "open" / "x\x1b[31m\u202e" / "entry.json").write_text("{}")
    (broken,) = load().broken
    assert broken.slug == "x[U+001B][31m[U+202E]"
    assert broken.reason.isprintable()


def test_an_empty_folder_is_an_empty_board(folder: Path) -> None:
    board = load_board(FolderStorage(folder))
    assert (board.entries, board.broken, dict(board.tables)) == ((), (), {})


def test_the_measured_error_of_a_judge_stands_beside_its_table(
    two: None, folder: Path, load: Callable[[], Board], edition: Edition
) -> None:
    judge = stamp_of("a judge")
    found = Calibration(
        judge=judge,
        width=64,
        height=48,
        frames=8,
        fps=8,
        scenes=1,
        seed=0,
        questions=4,
        overall=dict.fromkeys(SHARES),
        groups={},
        calibration_error=None,
        reliability=[],
        text_changes=None,
        text_obeyed=None,
        frame_flips=None,
    )
    board = load()
    (key,) = board.tables
    assert board.calibration(key) is None
    path = folder / "calibrations" / f"{judge.fingerprint}.json"
    path.parent.mkdir()
    path.write_text(found.model_dump_json())
    assert load().calibration(key) == found
    other = judge.model_copy(update={"fingerprint": digest("other")})
    path.write_text(found.model_copy(update={"judge": other}).model_dump_json())
    with pytest.raises(UserError, match="not of its name's"):
        load().calibration(key)
