"""Parquet files are of one edition, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from omiti2v.dataset.compile import compile_annotations
from omiti2v.dataset.parquet import read_parquet
from omiti2v.errors import UserError

DATA = ("addition.parquet", "deletion.parquet", "modification.parquet")


def change_first(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    change(rows[0])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_version_is_carried_and_may_be_absent_as_in_files_of_before(
    annotations: Path, tmp_path: Path
) -> None:
    plain = compile_annotations(annotations, tmp_path / "old")
    metadata = pq.read_schema(tmp_path / "old" / "data" / "addition.parquet").metadata
    assert json.loads(metadata[b"omiti2v"]).keys() == {"name", "fingerprint"}
    assert read_parquet(tmp_path / "old").edition.version is None
    (annotations / "edition.json").write_text('{"name": "open", "version": "1.0"}')
    compile_annotations(annotations, tmp_path / "new")
    edition = read_parquet(tmp_path / "new").edition
    assert (edition.version, edition.fingerprint) == ("1.0", plain.fingerprint)


def test_files_of_two_compilations_are_not_taken_for_one_edition(
    annotations: Path, tmp_path: Path
) -> None:
    compile_annotations(annotations, tmp_path / "old")
    change_first(annotations / "deletion.jsonl", lambda row: row.update(prompt="It goes away"))
    compile_annotations(annotations, tmp_path / "new")
    old = (tmp_path / "old" / "data" / "deletion.parquet").read_bytes()
    (tmp_path / "new" / "data" / "deletion.parquet").write_bytes(old)
    with pytest.raises(UserError, match="not those of one edition"):
        read_parquet(tmp_path / "new")
    (tmp_path / "new" / "data" / "deletion.parquet").unlink()
    with pytest.raises(UserError, match="not those of one edition"):
        read_parquet(tmp_path / "new")
    (tmp_path / "new" / "data" / "addition.parquet").write_bytes(b"PAR1 or so")
    with pytest.raises(UserError, match="not a readable parquet file"):
        read_parquet(tmp_path / "new")
