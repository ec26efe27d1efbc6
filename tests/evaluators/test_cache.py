"""The evaluation cache: never an old answer for a new question, never a torn row."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from evaluators.cache import EvaluationCache, cache_key, default_cache_path
from omiti2v.errors import UserError
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


def test_a_file_that_is_no_cache_is_one_line_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite3"
    path.write_bytes(b"not a database, but long enough to be checked at as one" * 100)
    with pytest.raises(UserError, match=r"cache\.sqlite3: can't be used .* --no-cache"):
        EvaluationCache(path)


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
