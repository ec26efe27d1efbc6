"""Writes frames as an H.264 file."""

from __future__ import annotations

from pathlib import Path

import av

from evaluators.frames import Frames
from omiti2v.errors import UserError


def write_mp4(path: Path, frames: Frames, *, fps: int, crf: int = 18) -> None:
    """Encode frames with libx264 as yuv420p, one thread, so that equal frames give equal bytes.

    Args:
        path: The file; its folder is made where absent.
        frames: RGB, shape (n, height, width, 3), uint8; n at least 1, height and width even.
        fps: Frames per second.
        crf: Quality, 0 (best) to 51.

    Raises:
        ValueError: The frames are not of that form.
        UserError: The file can't be written.
    """
    if frames.ndim != 4 or len(frames) == 0 or frames.shape[3] != 3:
        raise ValueError(f"frames: expected shape (n, height, width, 3), got {frames.shape}")
    if frames.shape[1] % 2 or frames.shape[2] % 2:
        raise ValueError(f"frames: expected even height and width, got {frames.shape[1:3]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), mode="w", format="mp4") as container:
            stream = container.add_stream(
                "libx264", rate=fps, options={"crf": str(crf), "preset": "medium"}
            )
            stream.width, stream.height = int(frames.shape[2]), int(frames.shape[1])
            stream.pix_fmt = "yuv420p"
            stream.codec_context.thread_count = 1
            for picture in frames:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except OSError as error:
        raise UserError(f"{path}: can't be written: {error.strerror}") from None
