"""The files that a reviewer sees: each is the very one that an answer is about, or is not shown."""

from __future__ import annotations

import hashlib
from pathlib import Path

from leaderboard.entries.names import is_plain_path
from leaderboard.report.page_videos import MAX_VIDEO_BYTES, video_data_uri
from omiti2v.dataset.image_files import thumbnail
from omiti2v.editions import MAX_IMAGE_BYTES
from omiti2v.errors import UserError
from omiti2v.ordinary_file import read_file
from omiti2v.runs import Run

H264 = "h264"
PICTURE = 1600
"""Pixels of the longer side of an image that is shown."""


def read_picture(path: Path, *, sha256: str) -> bytes:
    """A reference image as a JPEG of at most `PICTURE` pixels a side.

    Raises:
        UserError: It can't be read, or is not the file with this digest.
    """
    content = read_file(path, limit=MAX_IMAGE_BYTES)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError("is another file than when the page was started")
    return thumbnail(content, width=PICTURE, height=PICTURE)


def read_judged_video(path: Path, *, sha256: str | None) -> bytes:
    """The bytes of a run's video.

    Raises:
        UserError: It is missing, too large, no mp4, or not the file with this digest.
    """
    content = read_file(path, limit=MAX_VIDEO_BYTES)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError("is not the file that the judge saw (its SHA-256 differs)")
    if path.suffix.lower() != ".mp4" or video_data_uri(content[:64], ".mp4") is None:
        raise UserError("is no mp4, which the page can't show")
    return content


def find_videos(run: Run, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The videos of a run that can be shown, and why the others can't, by their ids."""
    found: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    for report in run.videos:
        path = folder / report.file
        try:
            if not is_plain_path(report.file):
                raise UserError("is no plain path within the folder")
            if report.codec != H264:
                raise UserError(f"has codec {report.codec}; browsers play {H264}")
            read_judged_video(path, sha256=report.sha256)
        except UserError as error:
            left_out[report.video_id] = f"{report.file} {error}"
        else:
            found[report.video_id] = path
    return found, left_out
