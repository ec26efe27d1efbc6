"""What adversaries found is read back by round and counted by grade."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.annotation_linter.adversary import WrongVideo, read_adversaries, shares
from omiti2v.errors import UserError
from omiti2v.records import write_records


def test_findings_are_counted_by_grade_in_each_round(tmp_path: Path) -> None:
    rows = [
        WrongVideo(sample_id="deletion-001", grade="wrong", video="the hen turns into a duck"),
        WrongVideo(sample_id="deletion-002", grade="none"),
        WrongVideo(sample_id="deletion-003", grade="slip", video="the grass moves"),
        WrongVideo(sample_id="deletion-004", grade="none"),
    ]
    write_records(tmp_path / "adversary-1.jsonl", rows)
    write_records(tmp_path / "adversary-2.jsonl", rows[1:2])
    found = read_adversaries(tmp_path)
    assert list(found) == [1, 2]
    assert shares(found[1]) == {"none": 0.5, "slip": 0.25, "wrong": 0.25}
    write_records(tmp_path / "adversary-2.jsonl", [rows[1], rows[1]])
    with pytest.raises(UserError, match="deletion-002 stands in it twice"):
        read_adversaries(tmp_path)
