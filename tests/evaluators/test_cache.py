"""The evaluation cache: never an old answer for a new question, never a torn row."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluators.cache import EvaluationCache, cache_key, default_cache_path
from omiti2v.records import Record


class Row(Record):
    value: float


def test_what_was_put_is_there_for_the_next_process(tmp_path: Path) -> None:
    with EvaluationCache(tmp_path / "cache.sqlite3") as cache:
        cache.put({"a": Row(value=0.1), "b": Row(value=0.2)})
    with EvaluationCache(tmp_path / "cache.sqlite3") as cache:
        assert cache.get(["a", "b", "c"], Row) == {"a": Row(value=0.1), "b": Row(value=0.2)}


def test_more_keys_than_a_query_takes_are_found(tmp_path: Path) -> None:
    with EvaluationCache(tmp_path / "cache.sqlite3") as cache:
        rows = {str(number): Row(value=number) for number in range(1203)}
        cache.put(rows)
        assert cache.get(list(rows), Row) == rows


def test_any_part_of_a_key_makes_another_key() -> None:
    parts = {"video": "v", "frames": "fps=8", "question": "q", "judge": "j"}
    keys = {cache_key(**parts)} | {cache_key(**{**parts, name: "other"}) for name in parts}
    assert len(keys) == 5


def test_a_row_of_another_form_counts_as_absent(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    with EvaluationCache(path) as cache:
        cache.put({"a": Row(value=1)})
    with sqlite3.connect(path) as connection:
        connection.execute('UPDATE results SET value = \'{"value": "high"}\'')
    with EvaluationCache(path) as cache:
        assert cache.get(["a"], Row) == {}


def _not_a_database(path: Path) -> None:
    path.write_bytes(b"not a database, but long enough to be checked at as one" * 100)


def _no_file(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [_not_a_database, _no_file, os.mkfifo])
def test_what_is_no_cache_is_left_aside_in_one_line_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "cache.sqlite3"
    make(path)
    before = path.read_bytes() if path.is_file() else path.stat().st_mode
    said: list[str] = []
    with EvaluationCache(path, warn=said.append) as cache:
        cache.put({"a": Row(value=1)})
        assert cache.get(["a"], Row) == {}
    (line,) = said
    assert re.match(r".*cache\.sqlite3: can't be used as the evaluation cache: .*; going on", line)
    assert before == (path.read_bytes() if path.is_file() else path.stat().st_mode)


def test_whatever_bit_is_flipped_nothing_wrong_comes_out_and_nothing_ends(tmp_path: Path) -> None:
    """Real corruption, one bit at a time: in the header, and all over the file's pages."""
    whole = {f"{number:064}": Row(value=number) for number in range(300)}
    with EvaluationCache(tmp_path / "whole.sqlite3") as cache:
        cache.put(whole)
    good = (tmp_path / "whole.sqlite3").read_bytes()
    path = tmp_path / "cache.sqlite3"
    fewest = len(whole)
    for place in (*range(0, 100, 9), *range(100, len(good), 601)):
        bad = bytearray(good)
        bad[place] ^= 1 << place % 8
        for part in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            part.unlink(missing_ok=True)
        path.write_bytes(bad)
        with EvaluationCache(path, warn=lambda line: None) as cache:
            found = cache.get(list(whole), Row)
            cache.put({"new": Row(value=-1)})
        assert found.items() <= whole.items()
        fewest = min(fewest, len(found))
        assert path.exists()
    assert fewest < len(whole)  # else nothing was damaged


def test_a_file_of_which_even_the_complaint_is_no_text_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    with EvaluationCache(path):
        pass
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"CREATE TABLE results") + 7] ^= 0x80
    path.write_bytes(damaged)
    told: list[str] = []
    with EvaluationCache(path, warn=told.append) as cache:
        cache.put({})
    assert [line.partition(":")[0] for line in told] == [str(path)]


def test_a_flipped_digit_is_no_answer_and_rows_of_before_are(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    with EvaluationCache(path) as cache:
        cache.put({"a": Row(value=0.25)})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE results SET value = replace(value, '0.25', '0.75')")
        connection.execute("INSERT INTO results VALUES ('b', '{\"value\": 0.5}')")
    with EvaluationCache(path) as cache:
        assert cache.get(["a", "b"], Row) == {"b": Row(value=0.5)}


FILL = """
import resource, sys
from pathlib import Path
from evaluators.cache import EvaluationCache
from omiti2v.records import Record
class Row(Record):
    text: str
said = []
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
with EvaluationCache(Path(sys.argv[1]), warn=said.append) as cache:
    for number in range(400):
        cache.put({str(number): Row(text="x" * 1000)})
    kept = cache.get([str(number) for number in range(400)], Row)
print(len(said), 0 < len(kept) < 400, *said)
"""


@pytest.mark.parametrize("how", ["limit", "tmpfs"])
def test_a_cache_on_a_full_disk_is_read_and_not_written(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if how == "tmpfs" and subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    try:
        done = subprocess.run(
            [sys.executable, "-c", FILL, folder / "cache.sqlite3", str((how == "limit") * 150_000)],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        if how == "tmpfs":
            subprocess.run(["umount", str(folder)], check=True)
    assert re.match(r"1 True .*: the evaluation cache can't be written: .*; going on", done.stdout)


@pytest.mark.parametrize("when", ["before", "after"], ids=["it is opened", "it is in use"])
def test_a_cache_that_another_holds_or_that_is_deleted_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setattr("evaluators.cache._BUSY_SECONDS", 0.1)
    path = tmp_path / "cache.sqlite3"
    said: list[str] = []
    other = sqlite3.connect(path)
    if when == "before":
        other.execute("BEGIN EXCLUSIVE")
    with EvaluationCache(path, warn=said.append) as cache:
        cache.put({"a": Row(value=1)})
        if when == "after":
            other.execute("BEGIN IMMEDIATE")
            cache.put({"b": Row(value=2)})
            assert cache.get(["a", "b"], Row) == {"a": Row(value=1)}
        for part in tmp_path.iterdir():
            part.unlink()
        cache.put({"c": Row(value=3)})
        cache.get(["a"], Row)
    other.close()
    (line,) = said
    assert "database is locked" in line


def test_many_processes_share_one_cache(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from evaluators.cache import EvaluationCache
from omiti2v.records import Record
class Row(Record):
    value: float
with EvaluationCache(Path(sys.argv[1])) as cache:
    for number in range(50):
        cache.put({f"{sys.argv[2]}-{number}": Row(value=number)})
"""
    path = tmp_path / "cache.sqlite3"
    workers = [
        subprocess.Popen([sys.executable, "-c", script, str(path), str(worker)])
        for worker in range(6)
    ]
    assert [worker.wait() for worker in workers] == [0] * 6
    keys = [f"{worker}-{number}" for worker in range(6) for number in range(50)]
    with EvaluationCache(path) as cache:
        assert len(cache.get(keys, Row)) == 300


def test_the_environment_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OMITI2V_CACHE", str(tmp_path / "mine"))
    assert default_cache_path() == tmp_path / "mine"
    monkeypatch.delenv("OMITI2V_CACHE")
    assert default_cache_path().name == "evaluations.sqlite3"
