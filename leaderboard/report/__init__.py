"""The static report: one HTML file about one or several runs of one edition.

It needs no network, and shows everything from a run folder as plain text. Only a page with videos
holds a script, which plays them as one, and a large one, whose samples it unpacks page by page.
"""

from leaderboard.report.calibration_page import write_calibration_page
from leaderboard.report.page_videos import VideoFolders
from leaderboard.report.render import render_page, write_report
from leaderboard.report.report_page import ReportPage, build_page

__all__ = [
    "ReportPage",
    "VideoFolders",
    "build_page",
    "render_page",
    "write_calibration_page",
    "write_report",
]
