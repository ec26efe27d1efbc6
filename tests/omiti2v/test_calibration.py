"""A judge's calibration goes with its runs, and with no other judge's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_rows import on_contrast

from omiti2v.calibration import Calibration, read_calibration
from omiti2v.errors import UserError
from omiti2v.records import read_record
from omiti2v.runs import JudgeStamp


def write(path: Path, *, fingerprint: str) -> Path:
    calibration = Calibration(
        judge=JudgeStamp(name="judge", fingerprint=fingerprint, identity={}),
        width=64,
        height=64,
        frames=8,
        fps=8,
        scenes=2,
        seed=0,
        questions=10,
        overall={"accuracy": None},
        groups={},
        calibration_error=None,
        reliability=[],
        text_changes=None,
        text_obeyed=None,
        frame_flips=None,
    )
    path.write_text(calibration.model_dump_json())
    return path


def test_the_calibration_of_the_judge_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "calibration.json", fingerprint="a" * 64)
    assert read_calibration(path, fingerprint="a" * 64).judge.name == "judge"


def test_another_judge_s_calibration_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "calibration.json", fingerprint="a" * 64)
    with pytest.raises(UserError, match="of judge judge aaaaaaaaaaaa, expected bbbbbbbbbbbb"):
        read_calibration(path, fingerprint="b" * 64)


BEFORE = Path(__file__).parents[1] / "data" / "before" / "calibration" / "calibration.json"


def test_a_calibration_of_before_is_read_and_written_as_it_was() -> None:
    old = read_record(BEFORE, Calibration)
    assert old.contrast is None
    assert json.loads(old.model_dump_json()) == json.loads(BEFORE.read_text())
    assert list(old.shown_groups) == ["ground", "category", "kind", "dimension", "behavior"]
    assert old.by_ground == [("rendered clips", old.overall)]
    assert old.size == f"{old.width}x{old.height}"


def test_what_is_nearest_to_a_model_s_videos_comes_first(tmp_path: Path) -> None:
    old = read_record(BEFORE, Calibration)
    both = on_contrast(old, accuracy=0.7, behaviour={"neighbour": old.overall}, facet={})
    (first, shares), (second, _) = both.by_ground
    assert (first, second) == (
        "edits composited on photographs",
        "rendered shapes on drawn backgrounds",
    )
    assert shares["accuracy"] and shares["accuracy"].value == 0.7
    assert both.size == "several sizes"
    assert list(both.shown_groups) == ["kind of facet", "kind of clip", "ground"]
    assert list(both.shown_groups["kind of clip"]) == ["neighbor"]
    path = tmp_path / "calibration.json"
    path.write_text(both.model_dump_json())
    assert read_record(path, Calibration) == both


def test_a_file_that_leaves_out_the_grounds_still_has_its_numbers() -> None:
    both = on_contrast(read_record(BEFORE, Calibration), accuracy=0.7)
    bare = both.model_copy(update={"groups": {}})
    assert [shares for _, shares in bare.by_ground] == [bare.overall]
