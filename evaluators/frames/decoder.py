"""What a decoding process does: from the bytes of a video file to RGB frames in shared memory.

A video file is hostile input. It is read through one open file that libav can't leave, by a short
list of plain containers and codecs, and within `Limits`.

Processes are started often, so that nothing that is slow to import is used here, as numpy is.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from typing import Any, cast

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
from evaluators.frames.limits import PART_BYTES, Limits
from evaluators.frames.source import DeadlineReader, too_slow

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
            many there are, and that they follow the first `at` ones. Rows begin every `stride`
            bytes; the display `matrix` is in hexadecimal digits.

    Returns:
        What libav says of the stream, and the frames' time stamps; or why the file is `refused`.
    """
    limits = Limits(**request["limits"])
    file, memory = descriptors
    with open(file, "rb", closefd=False) as opened:
        reader = DeadlineReader(opened, time.thread_time() + limits.max_decode_seconds)
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
        return {
            "codec": stream.codec_context.codec.canonical_name,
            "pixel_format": store.pixel_format,
            "stamps": store.stamps,
            "last_duration": store.last_duration,
            "time_base": _pair(stream.time_base),
            "average_rate": _pair(stream.average_rate),
            "guessed_rate": _pair(stream.guessed_rate),
            "stated_seconds": stated_seconds(container, stream),
            "damaged": source.damaged,
        }


def _pair(number: Fraction | None) -> tuple[int, int] | None:
    return None if number is None else (number.numerator, number.denominator)


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
    """The frames that were decoded last, in shared memory, as they are stored."""

    def __init__(self, memory: mmap.mmap, limits: Limits) -> None:
        self.stamps: list[int | None] = []
        self.last_duration = 0
        self.pixel_format = ""
        self._matrix: str | None = None
        self._memory = memory
        self._limits = limits
        self._converter = VideoReformatter()
        self._size = (0, 0)
        self._stride = 0
        self._most = 0
        self._taken = 0
        self._used = 0

    @property
    def is_full(self) -> bool:
        """Whether `take` must be called before there is room for another frame."""
        return self._used + self._stride * self._size[1] > max(self._used, PART_BYTES)

    def add(self, frame: VideoFrame) -> None:
        """Append one frame, as RGB."""
        count = len(self.stamps)
        if count == 0:
            self._start(frame)
        if (frame.width, frame.height) != self._size:
            before, now = f"{self._size[0]}x{self._size[1]}", f"{frame.width}x{frame.height}"
            raise RefusedError(f"frame size changes from {before} to {now} at frame {count}")
        if count == self._most:
            raise RefusedError(self._too_much())
        plane = self._converter.reformat(
            frame, format="rgb24", interpolation=EXACT, threads=1
        ).planes[0]
        rows, self._stride = memoryview(plane), plane.line_size
        if len(rows) > len(self._memory):  # a frame so narrow that most of it is padding
            width = 3 * frame.width
            starts = range(0, len(rows), self._stride)
            rows, self._stride = memoryview(b"".join(rows[i : i + width] for i in starts)), width
        self._memory[self._used : self._used + len(rows)] = rows
        self._used += len(rows)
        self.stamps.append(frame.pts)
        self.last_duration = frame.duration

    def _start(self, frame: VideoFrame) -> None:
        check_size(frame.width, frame.height, self._limits)
        matrix = cast(SideDataContainer, frame.side_data).get(SideDataType.DISPLAYMATRIX)
        self._matrix = None if matrix is None else bytes(matrix).hex()
        self.pixel_format = frame.format.name
        self._size = frame.width, frame.height
        room = self._limits.max_decoded_bytes // (frame.width * frame.height * 3)
        self._most = min(room, self._limits.max_frames)

    def _too_much(self) -> str:
        if self._most == self._limits.max_frames:
            return f"more than {self._limits.max_frames} frames"
        return f"more than {self._limits.max_decoded_bytes} bytes of decoded frames"

    def take(self) -> Values:
        """What there is since the last time."""
        at, self._taken, self._used = self._taken, len(self.stamps), 0
        width, height = self._size
        return {
            "at": at,
            "frames": self._taken - at,
            "width": width,
            "height": height,
            "stride": self._stride,
            "matrix": self._matrix,
        }
