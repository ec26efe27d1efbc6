"""The page about a judge's measured errors, from a calibration as `omiti2v calibrate` writes it."""

from __future__ import annotations

import math
from pathlib import Path

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
