"""A judge's calibration goes with its runs, and with no other judge's."""

from __future__ import annotations

from pathlib import Path

import pytest

from omiti2v.calibration import Calibration, read_calibration
from omiti2v.errors import UserError
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
