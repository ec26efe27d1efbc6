"""The page about a judge's measured errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from leaderboard.report.score_cells import percent_cell
from omiti2v.calibration import SHARES, Calibration
from omiti2v.html_templates import page_environment
from omiti2v.number_format import fixed
from omiti2v.plurals import counted
from omiti2v.records import write_atomically


@dataclass(frozen=True)
class Point:
    """A bin in the reliability diagram; positions in percent of the axes.

    Attributes:
        x: Mean P(yes).
        y: Share whose true answer is yes, from the bottom.
        radius: Grows with the number of questions.
        label: In words.
    """

    x: float
    y: float
    radius: float
    label: str


@dataclass(frozen=True)
class ClipText:
    """What the page says of the clips.

    Attributes:
        name: In two or three words.
        note: What to bear in mind.
    """

    name: str
    note: str


def write_calibration_page(calibration: Calibration, path: Path) -> None:
    """Write one self-contained HTML file.

    Args:
        calibration: What to show.
        path: The file; one already there is replaced.

    Raises:
        UserError: The file can't be written.
    """
    write_atomically(path, render_calibration(calibration))


def render_calibration(calibration: Calibration) -> str:
    """The page as HTML; all text is shown as plain text."""
    rows = [("all", "", calibration.overall)]
    for group, members in calibration.shown_groups.items():
        rows += [(group, name, shares) for name, shares in members.items()]
    table = [
        (group, name, [percent_cell(shares[key]) for key in SHARES]) for group, name, shares in rows
    ]
    return (
        page_environment("leaderboard.report")
        .get_template("calibration.html")
        .render(
            calibration=calibration,
            about=about_clips(calibration),
            definitions=SHARES,
            table=table,
            points=reliability_points(calibration),
            cell=percent_cell,
        )
    )


def about_clips(calibration: Calibration) -> ClipText:
    """What the page says of the clips."""
    contrast = calibration.contrast
    if contrast is None:
        return ClipText(
            "rendered clips",
            "These are rendered shapes, not photographs of the world: a judge may be better or "
            "worse on real videos.",
        )
    composited = (
        f"Edits composited on the images of {counted(contrast.samples, 'sample')}, right and "
        "wrong: the pictures and questions are the benchmark's, the motion is no video model's. "
        f"Recipes {contrast.recipes[:12]}, edition {contrast.edition[:12]}."
    )
    if contrast.name == "contrast":
        return ClipText("composited clips", composited)
    return ClipText(
        "composited and rendered clips",
        f"{composited} The other clips are rendered shapes, which are in the first row, in those "
        "by ground and in what stands below the table, and nowhere else.",
    )


def reliability_points(calibration: Calibration) -> list[Point]:
    """The bins that hold questions, as points of the diagram."""
    most = max((row.questions for row in calibration.reliability), default=0)
    points = []
    for row in calibration.reliability:
        if row.mean_p_yes is None or row.share_yes is None:
            continue
        label = (
            f"{row.questions} answers with P(yes) {fixed(row.mean_p_yes, 2)} on average: "
            f"{fixed(100 * row.share_yes, 0)} % truly yes"
        )
        radius = round(1 + 2.5 * math.sqrt(row.questions / most), 2)
        points.append(
            Point(round(100 * row.mean_p_yes, 2), round(100 * row.share_yes, 2), radius, label)
        )
    return points
