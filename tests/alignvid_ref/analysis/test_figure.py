"""The attention report as a picture."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import cv2
import pytest

from alignvid_ref.analysis import AttentionReport
from omiti2v.errors import UserError


def test_the_figure_is_a_picture_without_the_quantity_that_is_zero(
    report: AttentionReport, tmp_path: Path
) -> None:
    report.write_figure(tmp_path / "report.png")
    picture = cv2.imread(str(tmp_path / "report.png"))
    assert picture.shape[1] > 1000
    assert len({tuple(pixel) for pixel in picture.reshape(-1, 3)[::97].tolist()}) > 30
    report.write_figure(tmp_path / "report.svg")
    drawing = (tmp_path / "report.svg").read_text()
    assert "mass on words: AlignVid - plain" in drawing
    assert "mass on video" not in drawing


def test_another_kind_of_file_is_refused(report: AttentionReport, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.png or \.svg"):
        report.write_figure(tmp_path / "report.jpg")


def test_rows_that_are_all_alike_are_refused(report: AttentionReport, tmp_path: Path) -> None:
    alike = dataclasses.replace(report, rows=report.rows[:1])
    with pytest.raises(UserError, match="differ"):
        alike.write_figure(tmp_path / "report.png")


def test_without_matplotlib_one_line_says_what_to_install(
    report: AttentionReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UserError, match="pip install matplotlib"):
        report.write_figure(tmp_path / "report.png")
