"""From a video file to RGB frames.

A video file is hostile input. It is read through one open file that libav can't leave, by a short
list of plain containers and codecs, and within `Limits`. What is not a usable video ends in a
`DecodeError`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from evaluators.frames.container import (
    LIBAV_ERRORS,
    RefusedError,
    check_size,
    choose_stream,
    describe,
    open_container,
    stated_seconds,
)
from evaluators.frames.headers import (
    ContainerName,
    HeaderError,
    check_mov_headers,
    container_of,
)
from evaluators.frames.limits import DEFAULT_LIMITS, Limits
from evaluators.frames.orientation import Orientation, orientation_of
from evaluators.frames.source import DeadlineReader, DecodeError, hash_of, named, open_source
from evaluators.frames.timing import timing_of
from evaluators.frames.video import Frames, Video

__all__ = ["DecodeError", "Limits", "decode_video"]

# No short cuts in the conversion to RGB: the fast ones are a level or two too dark and differ with
# the size and the machine.
_EXACT = (
    Interpolation.BILINEAR
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)


def decode_video(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Video:
    """Decode the first video stream of a file.

    The colour matrix and range are those the file states; a file that states none is taken as
    BT.601 and limited range, which is what writers that state none have used. Pixels are given as
    they are stored: a pixel aspect ratio is not applied.

    Args:
        path: A file in an mp4, mov, mkv, webm, avi or gif container.
        limits: Bounds on the file.

    Raises:
        DecodeError: The file can't be read, is not such a video, has no frame that can be decoded,
            changes its size midway, or is beyond a limit.
    """
    deadline = time.monotonic() + limits.max_decode_seconds
    with open_source(path, limits=limits) as file:
        digest = hash_of(path, file)
        reader = DeadlineReader(file, deadline)
        try:
            name = container_of(file)
            if name == "mov":
                check_mov_headers(file)
            return _decode(path, digest, reader, name, limits)
        except (HeaderError, RefusedError) as refused:
            raise DecodeError(f"{named(path)}: {refused}") from None
        except LIBAV_ERRORS as error:
            reason = f"not a video that can be decoded: {describe(error)}"
            if reader.expired:
                reason = _too_slow(limits)
            raise DecodeError(f"{named(path)}: {reason}") from error


def _too_slow(limits: Limits) -> str:
    return f"not decoded within {limits.max_decode_seconds:g} seconds"


def _decode(
    path: Path, digest: str, reader: DeadlineReader, name: ContainerName, limits: Limits
) -> Video:
    with open_container(reader, name, limits) as container:
        stream = choose_stream(container, limits)
        store = _FrameStore(limits)
        source = _FrameSource(container, stream)
        for frame in source:
            store.add(frame)
            if reader.expired:
                break
        if reader.expired:
            raise RefusedError(_too_slow(limits))
        if not store.stamps:
            raise RefusedError("no frame of the video stream can be decoded")
        try:
            timing = timing_of(
                store.stamps,
                time_base=stream.time_base or Fraction(0),
                rate=stream.average_rate or stream.guessed_rate,
            )
        except ValueError as error:
            raise RefusedError(str(error)) from None
        seconds = float(timing.times[-1])
        if seconds > limits.max_seconds:
            raise RefusedError(f"{seconds:g} seconds, expected at most {limits.max_seconds:g}")
        end = seconds + store.last_duration * float(stream.time_base or 0)
        ends_early = end + 1.5 / timing.fps < stated_seconds(container, stream)
        return Video(
            path=path,
            sha256=digest,
            frames=store.take(),
            times=timing.times,
            fps=timing.fps,
            codec=stream.codec_context.codec.canonical_name,
            pixel_format=store.pixel_format,
            rotation=store.orientation.rotation,
            variable_rate=timing.variable_rate,
            stated_fps=float(stream.average_rate) if stream.average_rate else None,
            truncated=source.damaged or ends_early,
        )


class _FrameSource:
    """The frames of a stream in the order in which they are shown.

    Attributes:
        damaged: Whether a part of the file so far could not be read or decoded.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.damaged = False
        self._container = container
        self._stream = stream

    def __iter__(self) -> Iterator[VideoFrame]:
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except LIBAV_ERRORS:
                self.damaged = True
                continue
            for frame in frames:
                self.damaged |= frame.is_corrupt
                yield frame

    def _packets(self) -> Iterator[Packet[VideoStream] | None]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except LIBAV_ERRORS:
                self.damaged = True
                break
            if packet.is_corrupt:
                # Cut short by the end of the file: half a picture is none.
                self.damaged = True
            elif packet.size:
                yield packet
        yield None


class _FrameStore:
    """The decoded frames as one array, and what they have in common."""

    def __init__(self, limits: Limits) -> None:
        self.stamps: list[int | None] = []
        self.last_duration = 0
        self.orientation = Orientation()
        self.pixel_format = ""
        self._limits = limits
        self._converter = VideoReformatter()
        self._size = (0, 0)
        self._frames: Frames = np.empty((0, 0, 0, 3), dtype=np.uint8)

    def add(self, frame: VideoFrame) -> None:
        """Append one frame, as upright RGB."""
        count = len(self.stamps)
        if count == 0:
            self._start(frame)
        if (frame.width, frame.height) != self._size:
            before, now = f"{self._size[0]}x{self._size[1]}", f"{frame.width}x{frame.height}"
            raise RefusedError(f"frame size changes from {before} to {now} at frame {count}")
        if count == len(self._frames):
            raise RefusedError(self._too_much())
        rgb = self._converter.reformat(
            frame, format="rgb24", interpolation=_EXACT, threads=1
        ).to_ndarray()
        self._frames[count] = self.orientation.apply(rgb)
        self.stamps.append(frame.pts)
        self.last_duration = frame.duration

    def _start(self, frame: VideoFrame) -> None:
        check_size(frame.width, frame.height, self._limits)
        matrix = cast(SideDataContainer, frame.side_data).get(SideDataType.DISPLAYMATRIX)
        self.orientation = orientation_of(None if matrix is None else bytes(matrix))
        self.pixel_format = frame.format.name
        self._size = frame.width, frame.height
        width, height = self._size[:: -1 if self.orientation.transpose else 1]
        room = self._limits.max_decoded_bytes // (width * height * 3)
        # Room for all that is permitted: memory that is never written to is never taken.
        shape = (min(room, self._limits.max_frames), height, width, 3)
        self._frames = np.empty(shape, dtype=np.uint8)

    def _too_much(self) -> str:
        if len(self._frames) == self._limits.max_frames:
            return f"more than {self._limits.max_frames} frames"
        return f"more than {self._limits.max_decoded_bytes} bytes of decoded frames"

    def take(self) -> Frames:
        """The frames, read-only; the store is empty afterwards."""
        frames, self._frames = self._frames, np.empty((0, 0, 0, 3), dtype=np.uint8)
        # Given back to the system in place; a copy would need the memory twice.
        frames.resize((len(self.stamps), *frames.shape[1:]), refcheck=False)
        frames.setflags(write=False)
        return frames
