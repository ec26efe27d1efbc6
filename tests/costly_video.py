"""A small file that keeps a decoder busy for minutes, in a single call."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import PIL.Image

WIDTH, HEIGHT = 4096, 2304


def write_costly_video(path: Path, *, scans: int = 220_000) -> Path:
    """Write a video of one progressive JPEG whose last scan, of 23 bytes, is there so many times.

    With the default it has 5 MB.
    """
    file = io.BytesIO()
    PIL.Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 30)).save(file, "JPEG", progressive=True)
    start, end = file.getvalue().rindex(b"\xff\xda"), file.getvalue().rindex(b"\xff\xd9")
    picture = file.getvalue()[:start] + file.getvalue()[start:end] * scans + b"\xff\xd9"
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("mjpeg", rate=8)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        packet = av.Packet(picture)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        packet.time_base = Fraction(1, 8)
        packet.is_keyframe = True
        container.mux(packet)
    return path
