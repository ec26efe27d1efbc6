"""What a decoding process does: from the bytes of a video file to RGB frames in shared memory.

A video file is hostile input. It is read through one open file that libav can't leave, by a short
list of plain containers and codecs, and within `Limits`.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from typing import Any, cast

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
from evaluators.frames.limits import Limits
from evaluators.frames.orientation import Orientation, orientation_of
from evaluators.frames.source import DeadlineReader, too_slow
from evaluators.frames.timing import timing_of
from evaluators.frames.video import Frames
from evaluators.frames.window import PART_BYTES

Values = dict[str, Any]
Parts = Generator[Values, None, Values]

# No short cuts in the conversion to RGB: the fast ones are a level or two too dark and differ with
# the size and the machine.
EXACT = (
    Interpolation.BILINEAR
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.BITEXACT
)


def handle(request: Values, descriptors: Sequence[int]) -> Parts:
    """Decode a file; see `evaluators.child_process`.

    Args:
        request: The `limits`.
        descriptors: Of the file, and of the memory that frames are put into: each part says how
            many there are, and that they follow the first `at` ones.

    Returns:
        The fields of a `Video` but for its frames, or why the file is `refused`.
    """
    limits = Limits(**request["limits"])
    file, memory = descriptors
    with open(file, "rb", closefd=False) as opened:
        reader = DeadlineReader(opened, time.process_time() + limits.max_decode_seconds)
        try:
            name = container_of(opened)
            if name == "mov":
                check_mov_headers(opened)
            return (yield from _decode(reader, name, mmap.mmap(memory, 0), limits))
        except (HeaderError, RefusedError) as refused:
            return {"refused": str(refused), "costly": reader.expired}
        except LIBAV_ERRORS as error:
            if reader.expired:
                return {"refused": too_slow(limits), "costly": True}
            reason = f"not a video that can be decoded: {describe(error)}"
            return {"refused": reason, "costly": isinstance(error, MemoryError)}


def _decode(
    reader: DeadlineReader, name: ContainerName, memory: mmap.mmap, limits: Limits
) -> Parts:
    with open_container(reader, name, limits) as container:
        stream = choose_stream(container, limits)
        store = _FrameStore(memory, limits)
        source = _FrameSource(container, stream)
        for frame in source:
            if store.is_full:
                yield store.take()
            store.add(frame)
            if reader.expired:
                break
        if reader.expired:
            raise RefusedError(too_slow(limits))
        if not store.stamps:
            raise RefusedError("no frame of the video stream can be decoded")
        yield store.take()
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
        return {
            "times": timing.times.tolist(),
            "fps": timing.fps,
            "codec": stream.codec_context.codec.canonical_name,
            "pixel_format": store.pixel_format,
            "rotation": store.orientation.rotation,
            "variable_rate": timing.variable_rate,
            "stated_fps": float(stream.average_rate) if stream.average_rate else None,
            "truncated": source.damaged or ends_early,
        }


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
    """The frames that were decoded last, in shared memory, and what all have in common."""

    def __init__(self, memory: mmap.mmap, limits: Limits) -> None:
        self.stamps: list[int | None] = []
        self.last_duration = 0
        self.orientation = Orientation()
        self.pixel_format = ""
        self._memory = memory
        self._limits = limits
        self._converter = VideoReformatter()
        self._size = (0, 0)
        self._taken = 0
        self._most = 0
        self._frames: Frames = np.empty((0, 0, 0, 3), dtype=np.uint8)

    @property
    def is_full(self) -> bool:
        """Whether `take` must be called before there is room for another frame."""
        return 0 < len(self._frames) == len(self.stamps) - self._taken

    def add(self, frame: VideoFrame) -> None:
        """Append one frame, as upright RGB."""
        count = len(self.stamps)
        if count == 0:
            self._start(frame)
        if (frame.width, frame.height) != self._size:
            before, now = f"{self._size[0]}x{self._size[1]}", f"{frame.width}x{frame.height}"
            raise RefusedError(f"frame size changes from {before} to {now} at frame {count}")
        if count == self._most:
            raise RefusedError(self._too_much())
        rgb = self._converter.reformat(
            frame, format="rgb24", interpolation=EXACT, threads=1
        ).to_ndarray()
        self._frames[count - self._taken] = self.orientation.apply(rgb)
        self.stamps.append(frame.pts)
        self.last_duration = frame.duration

    def _start(self, frame: VideoFrame) -> None:
        check_size(frame.width, frame.height, self._limits)
        matrix = cast(SideDataContainer, frame.side_data).get(SideDataType.DISPLAYMATRIX)
        self.orientation = orientation_of(None if matrix is None else bytes(matrix))
        self.pixel_format = frame.format.name
        self._size = frame.width, frame.height
        width, height = self._size[:: -1 if self.orientation.transpose else 1]
        size = width * height * 3
        self._most = min(self._limits.max_decoded_bytes // size, self._limits.max_frames)
        shape = (max(1, PART_BYTES // size), height, width, 3)
        self._frames = np.ndarray(shape, dtype=np.uint8, buffer=self._memory)

    def _too_much(self) -> str:
        if self._most == self._limits.max_frames:
            return f"more than {self._limits.max_frames} frames"
        return f"more than {self._limits.max_decoded_bytes} bytes of decoded frames"

    def take(self) -> Values:
        """The part of the frames since the last one."""
        at, self._taken = self._taken, len(self.stamps)
        _, height, width, _ = self._frames.shape
        return {"at": at, "frames": self._taken - at, "height": height, "width": width}
