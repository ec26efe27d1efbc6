"""The page about a judge's measured errors, from a calibration as `omiti2v calibrate` writes it."""

from __future__ import annotations

import math
from pathlib import Path

from run_rows import on_contrast

from leaderboard.report.calibration_page import reliability_points, render_calibration
from omiti2v.calibration import SHARES, Calibration
from omiti2v.records import read_record

STORED = Path(__file__).parents[2] / "data" / "before" / "calibration" / "calibration.json"


def test_every_bin_with_answers_is_a_point_inside_the_diagram() -> None:
    calibration = read_record(STORED, Calibration)
    points = reliability_points(calibration)
    filled = [row for row in calibration.reliability if row.mean_p_yes is not None]
    assert len(points) == len(filled) > 0
    assert all(0 <= point.x <= 100 and 0 <= point.y <= 100 for point in points)
    # The area grows with the number of answers, and the fullest bin has the largest point.
    assert math.isclose(max(point.radius for point in points), 3.5)


def test_the_page_has_every_share_and_shows_a_name_as_text() -> None:
    calibration = read_record(STORED, Calibration)
    hostile = calibration.judge.model_copy(update={"name": "<script>x</script>"})
    page = render_calibration(calibration.model_copy(update={"judge": hostile}))
    assert all(definition.label in page for definition in SHARES.values())
    assert "<script" not in page
    assert "&lt;script&gt;x" in page


def test_a_page_about_the_contrast_set_says_what_its_clips_are() -> None:
    old = read_record(STORED, Calibration)
    assert "measured on rendered clips of" in render_calibration(old)
    facet = {"place": old.overall}
    both = on_contrast(old, accuracy=0.7, facet=facet, behaviour={"wrong_place": old.overall})
    page = render_calibration(both)
    assert "composited on the images of 50 samples" in page
    assert "The other clips are rendered shapes" in page
    assert "several sizes" in page
    assert "kind of clip <strong>wrong place</strong>" in page
    assert "facet <strong>place</strong>" in page
    stamp = both.contrast and both.contrast.model_copy(update={"name": "contrast"})
    alone = render_calibration(both.model_copy(update={"contrast": stamp, "text_changes": None}))
    assert "rendered shapes, which" not in alone
    assert "changed by words over the frames" not in alone
