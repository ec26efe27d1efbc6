"""Frames as files in data URLs: pure functions."""

from __future__ import annotations

import base64
import io
from fractions import Fraction
from typing import Literal

import av
import PIL.Image

from evaluators.frames import Clip, Frames
from evaluators.frames.resizing import Pixels, resize

ImageFormat = Literal["jpeg", "png"]

JPEG_QUALITY = 95
MP4_CRF = 8
# Times in an mp4 file are whole numbers of this part of a second.
_CLOCK = 90_000


def image_url(frame: Pixels, *, image_format: ImageFormat) -> str:
    """A frame as a data URL; PNG keeps every pixel, JPEG (quality 95, 4:4:4) is far smaller."""
    return f"data:image/{image_format};base64,{_base64(_image(frame, image_format))}"


def jpeg_video_url(frames: Frames) -> str:
    """Frames as vLLM's `video/jpeg` data URL: JPEG files in base64, with commas between them."""
    files = (_base64(_image(frame, "jpeg")) for frame in frames)
    return f"data:video/jpeg;base64,{','.join(files)}"


def mp4_video_url(clip: Clip, frames: Frames) -> str:
    """Frames as a data URL of an H.264 file in which each is shown at its time.

    Args:
        clip: Gives the times.
        frames: The clip's frames at the size to send; an odd height or width is scaled to even.
    """
    return f"data:video/mp4;base64,{_base64(_mp4(clip, frames))}"


def _image(frame: Pixels, image_format: ImageFormat) -> bytes:
    buffer = io.BytesIO()
    picture = PIL.Image.fromarray(frame)
    if image_format == "png":
        picture.save(buffer, "PNG")
    else:
        picture.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


def _mp4(clip: Clip, frames: Frames) -> bytes:
    height, width = (side + side % 2 for side in frames.shape[1:3])
    file = io.BytesIO()
    with av.open(file, mode="w", format="mp4") as container:
        options = {"crf": str(MP4_CRF), "x264-params": "mbtree=0:bframes=0"}
        rate = Fraction(clip.fps).limit_denominator(1001)
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, _CLOCK)
        stream.codec_context.thread_count = 1  # equal frames give equal bytes
        for frame, time in zip(frames, clip.times - clip.times[0], strict=True):
            picture = av.VideoFrame.from_ndarray(resize(frame, width, height), format="rgb24")
            picture = picture.reformat(format="yuv420p")
            picture.pts, picture.time_base = round(float(time) * _CLOCK), Fraction(1, _CLOCK)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return file.getvalue()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
