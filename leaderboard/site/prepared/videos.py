"""Video files of entries, where the server has them."""

from __future__ import annotations

from pathlib import Path

from leaderboard.entries import Entry
from leaderboard.report.clips import VIDEO_TYPES, video_data_uri
from omiti2v.dataset.image_files import read_ordinary_file
from omiti2v.errors import UserError

MAX_VIDEO_BYTES = 24 << 20


def video_uri(videos: Path | None, entry: Entry, sample_id: str) -> str | None:
    """An entry's video of a sample as a `data:` URI; None where it is not at hand.

    Args:
        videos: Holds `<edition>/<entry>/<sample id>.mp4`.
        entry: Whose.
        sample_id: Of which sample.
    """
    if videos is None:
        return None
    for suffix in VIDEO_TYPES:
        path = videos / entry.folder / entry.slug / f"{sample_id}{suffix}"
        try:
            content = read_ordinary_file(path, inside=videos, limit=MAX_VIDEO_BYTES)
        except UserError:
            continue
        if uri := video_data_uri(content, suffix):
            return uri
    return None
