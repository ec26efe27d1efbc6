"""Encodes frames as H.264 in mp4."""

from __future__ import annotations

import io
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from omiti2v.records import write_bytes_atomically

Frames = NDArray[np.uint8]
"""RGB, shape (n, height, width, 3), values 0 to 255."""

# x264's macroblock tree gives now and then other bytes for the same frames, even in one thread.
DETERMINISTIC = "mbtree=0"


def encode_mp4(frames: Frames, *, fps: int, crf: int = 18) -> bytes:
    """Frames as an mp4 file: libx264, yuv420p, one thread, so that equal frames give equal bytes.

    Args:
        frames: RGB, shape (n, height, width, 3), uint8; n at least 1, height and width even.
        fps: Frames per second.
        crf: Quality, 0 (best) to 51.

    Raises:
        ValueError: The frames are not of that form.
    """
    if frames.ndim != 4 or len(frames) == 0 or frames.shape[3] != 3:
        raise ValueError(f"frames: expected shape (n, height, width, 3), got {frames.shape}")
    if frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ValueError(f"frames: expected even height and width, got {frames.shape[1:3]}")
    file = io.BytesIO()
    with av.open(file, mode="w", format="mp4") as container:
        options = {"crf": str(crf), "x264-params": DETERMINISTIC}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height = int(frames.shape[2]), int(frames.shape[1])
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for picture in frames:
            planes = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        container.mux(stream.encode(None))
    return file.getvalue()


def write_mp4(path: Path, frames: Frames, *, fps: int, crf: int = 18) -> None:
    """Write frames as an mp4 file, which appears whole or not at all; see `encode_mp4`.

    Args:
        path: The file; its folder is made where absent.
        frames: As for `encode_mp4`.
        fps: As for `encode_mp4`.
        crf: As for `encode_mp4`.

    Raises:
        ValueError: As for `encode_mp4`.
        UserError: The file can't be written.
    """
    write_bytes_atomically(path, encode_mp4(frames, fps=fps, crf=crf), sync=False)
