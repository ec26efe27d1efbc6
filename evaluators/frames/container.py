"""Opening a container and choosing its video stream, with everything else shut off."""

from __future__ import annotations

import re
from typing import cast

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from evaluators.frames.headers import ContainerName
from evaluators.frames.limits import Limits
from evaluators.frames.source import DeadlineReader

CODECS = (
    "av1",
    "ffv1",
    "gif",
    "h264",
    "hevc",
    "mjpeg",
    "mpeg4",
    "prores",
    "rawvideo",
    "vp8",
    "vp9",
)
# libav chooses among decoders, not codecs; this one carries another name than its codec.
_DECODERS = (*CODECS, "libdav1d")

# What PyAV raises on bytes that make no sense: libav's own errors, and those of Python where a
# value from the file does not fit.
LIBAV_ERRORS = (
    av.error.FFmpegError,
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    ValueError,
)

_MATROSKA_DURATION = re.compile(r"(\d{1,4}):(\d\d):(\d\d\.\d{1,9})")


class RefusedError(Exception):
    """Why a file is refused, without its name."""


def open_container(reader: DeadlineReader, name: ContainerName, limits: Limits) -> InputContainer:
    """Open what `reader` reads as the container `name`, with no way to any other file.

    Raises:
        LIBAV_ERRORS: It is no such container, or broken.
    """
    return av.open(
        reader,
        "r",
        format=name,
        options=_pixel_bound(limits),
        container_options={
            "format_whitelist": name,
            "codec_whitelist": ",".join(_DECODERS),
            "protocol_whitelist": "none",
            "max_streams": "8",
        },
        metadata_errors="replace",
    )


def choose_stream(container: InputContainer, limits: Limits) -> VideoStream:
    """The first video stream, its decoder set up and bounded but not yet opened.

    Raises:
        RefusedError: There is none, its codec is not in `CODECS`, or its frames are too large.
    """
    # A cover picture of an audio file is a video stream too, of one frame.
    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    streams = [s for s in container.streams.video if not s.disposition & pictures]
    if not streams:
        raise RefusedError("expected a video, found no video stream")
    stream = streams[0]
    context = cast(VideoCodecContext | None, stream.codec_context)
    codec = context.codec.canonical_name if context is not None else "unknown"
    if context is None or codec not in CODECS:
        raise RefusedError(f"codec {codec}, expected one of {', '.join(CODECS)}")
    # The probe leaves the size open where it is not stated, and where it is beyond max_pixels.
    if context.width * context.height == 0:
        raise RefusedError(f"no frame size found, or one of more than {limits.max_pixels} pixels")
    check_size(context.width, context.height, limits)
    # The stream itself may say otherwise than the header; this bounds what the decoder allocates.
    context.options = _pixel_bound(limits)
    # With more, what stands in for a damaged part depends on how far the other threads are, and so
    # does whether the damage is noticed. A video is to give the same frames each time.
    context.thread_count = 1
    return stream


def check_size(width: int, height: int, limits: Limits) -> None:
    """Raise RefusedError for frames of more than `max_pixels`."""
    if width * height > limits.max_pixels:
        raise RefusedError(
            f"frames of {width}x{height}, expected at most {limits.max_pixels} pixels"
        )


def _pixel_bound(limits: Limits) -> dict[str, str]:
    # libav counts the padding of each row too, so that it needs more room than the pixels alone.
    return {"max_pixels": str(2 * limits.max_pixels)}


def stated_seconds(container: InputContainer, stream: VideoStream) -> float:
    """How long the file says that the video lasts; 0 where it doesn't say."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    tag = _MATROSKA_DURATION.fullmatch(stream.metadata.get("DURATION", ""))
    if tag:
        hours, minutes, seconds = tag.groups()
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    if container.duration is not None and len(container.streams) == 1:
        return container.duration / av.time_base
    return 0.0


def describe(error: BaseException) -> str:
    """What libav says is wrong, on one line."""
    text = (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
    return " ".join(text.split())
