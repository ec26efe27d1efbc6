"""The static report: one HTML file about one or several runs of one edition.

It needs no network, and shows everything from a run folder as plain text. Only a page with videos
holds a script, which plays them as one.
"""

from leaderboard.report.calibration import write_calibration_page
from leaderboard.report.clips import VideoFolders
from leaderboard.report.page import Page, build_page
from leaderboard.report.render import render_page, write_report

__all__ = [
    "Page",
    "VideoFolders",
    "build_page",
    "render_page",
    "write_calibration_page",
    "write_report",
]
