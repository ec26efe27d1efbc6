"""Video files of entries, where the server has them."""

from __future__ import annotations

import base64
from pathlib import Path

from leaderboard.entries import Entry
from omiti2v.dataset.image_files import read_ordinary_file
from omiti2v.errors import UserError

MAX_VIDEO_BYTES = 24 << 20
_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}
# What files of these types begin with; a page must never be served under the name of a video.
_BEGINNINGS = {".mp4": (b"ftyp", 4), ".webm": (b"\x1a\x45\xdf\xa3", 0)}


def video_uri(videos: Path | None, entry: Entry, sample_id: str) -> str | None:
    """An entry's video of a sample as a `data:` URI; None where it is not at hand.

    Args:
        videos: Holds `<edition>/<entry>/<sample id>.mp4`.
        entry: Whose.
        sample_id: Of which sample.
    """
    if videos is None:
        return None
    for suffix, kind in _TYPES.items():
        path = videos / entry.folder / entry.slug / f"{sample_id}{suffix}"
        try:
            content = read_ordinary_file(path, inside=videos, limit=MAX_VIDEO_BYTES)
        except UserError:
            continue
        mark, offset = _BEGINNINGS[suffix]
        if content[offset : offset + len(mark)] == mark:
            return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
    return None
