"""A small file that keeps a decoder busy for minutes, in a single call."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import PIL.Image

WIDTH, HEIGHT = 4096, 2304


def costly_jpeg(width: int, height: int, *, scans: int) -> bytes:
    """A progressive JPEG whose last scan, of 23 bytes, is there so many times."""
    file = io.BytesIO()
    PIL.Image.new("RGB", (width, height), (90, 120, 30)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    start, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:start] + data[start:end] * scans + data[end:]


def write_costly_video(path: Path, *, scans: int = 220_000) -> Path:
    """Write a video of one such picture, by default of 5 MB."""
    picture = costly_jpeg(WIDTH, HEIGHT, scans=scans)
    with av.open(str(path), "w", format="avi") as container:
        stream = container.add_stream("mjpeg", rate=8)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        packet = av.Packet(picture)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        packet.time_base = Fraction(1, 8)
        packet.is_keyframe = True
        container.mux(packet)
    return path
