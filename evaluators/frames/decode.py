"""From a video file to a `Video`, by a process that can be killed."""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.child_process import CostlyRequestError, child_pool
from evaluators.frames.limits import DEFAULT_LIMITS, Limits
from evaluators.frames.orientation import Orientation, orientation_of
from evaluators.frames.source import (
    CostlyFileError,
    DecodeError,
    hash_of,
    named,
    open_source,
    too_slow,
)
from evaluators.frames.timing import timing_of
from evaluators.frames.video import Frames, Video
from evaluators.frames.window import Window, lent_window

Values = dict[str, Any]

_DECODER = "evaluators.frames.decoder"
# For libav's tables and pictures: a long sound track in plain samples takes 1.8 GB of tables, and
# the largest pictures that are let through less than that.
_MEMORY_BYTES = 4 << 30


def decode_video(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Video:
    """Decode the first video stream of a file, in another process.

    The colour matrix and range are those the file states; a file that states none is taken as
    BT.601 and limited range, which is what writers that state none have used. Pixels are given as
    they are stored: a pixel aspect ratio is not applied.

    Args:
        path: A file in an mp4, mov, mkv, webm, avi or gif container.
        limits: Bounds on the file.

    Raises:
        CostlyFileError: It takes more time or memory than is permitted, or crashes the decoder.
        DecodeError: The file can't be read, is not such a video, has no frame that can be decoded,
            changes its size midway, or is beyond another limit.
        UserError: No process can be started.
    """
    with open_source(path, limits=limits) as file, lent_window(limits) as window:
        digest = hash_of(path, file)
        store = _FrameStore(window, limits)
        try:
            found = child_pool(_DECODER).call(
                {"limits": asdict(limits)},
                descriptors=(file.fileno(), window.descriptor),
                cpu_seconds=limits.max_decode_seconds,
                memory_bytes=_MEMORY_BYTES + window.size,
                on_part=store.add,
            )
            if "refused" not in found:
                return store.video(path, digest, found)
        except CostlyRequestError as costly:
            reason = too_slow(limits) if costly.cause == "time" else f"not decoded: {costly}"
            raise CostlyFileError(f"{named(path)}: {reason}") from None
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise DecodeError(f"{named(path)}: its decoder was led astray: {error}") from None
    kind = CostlyFileError if found.get("costly") else DecodeError
    raise kind(f"{named(path)}: {_line(found['refused'], most=500)}")


class _FrameStore:
    """The frames that came, as one array. What comes may be false, and is held to the limits."""

    def __init__(self, window: Window, limits: Limits) -> None:
        self._window = window
        self._limits = limits
        self._orientation = Orientation()
        self._count = 0
        self._frames: Frames = np.empty((0, 0, 0, 3), dtype=np.uint8)

    def add(self, part: Values) -> None:
        """Take a part of the frames out of the window; at 0 is the first of a new try."""
        numbers = (int(part[name]) for name in ("at", "frames", "height", "width", "stride"))
        at, count, height, width, stride = numbers
        if at == 0:
            self._count = 0
            self._start(height, width, part["matrix"])
        if at != self._count or not 1 <= count <= len(self._frames) - at or stride < 3 * width:
            raise ValueError(f"{count} frames at {at}")
        # What lies outside the window is refused here.
        shape, strides = (count, height, width, 3), (height * stride, stride, 3, 1)
        stored: Frames = np.ndarray(shape, np.uint8, self._window.pixels, strides=strides)
        for number, frame in enumerate(stored, start=at):
            self._frames[number] = self._orientation.apply(frame)
        self._count = at + count

    def _start(self, height: int, width: int, matrix: str | None) -> None:
        if min(height, width) < 1 or height * width > self._limits.max_pixels:
            raise ValueError(f"frames of {width}x{height}")
        self._orientation = orientation_of(None if matrix is None else bytes.fromhex(matrix))
        size = (width, height) if self._orientation.transpose else (height, width)
        room = self._limits.max_decoded_bytes // (width * height * 3)
        # Room for all that is permitted: memory that is never written to is never taken.
        shape = (min(room, self._limits.max_frames), *size, 3)
        self._frames = np.empty(shape, dtype=np.uint8)

    def video(self, path: Path, digest: str, found: Values) -> Video:
        """The video; the store is empty afterwards.

        Raises:
            DecodeError: Its times are not known, or beyond the limit.
        """
        stamps, time_base = found["stamps"], _fraction(found["time_base"])
        average, guessed = _fraction(found["average_rate"]), _fraction(found["guessed_rate"])
        if len(stamps) != self._count or not all(isinstance(one, int | None) for one in stamps):
            raise ValueError("time stamps of other frames")
        try:
            timing = timing_of(stamps, time_base=time_base or Fraction(0), rate=average or guessed)
        except ValueError as error:
            raise DecodeError(f"{named(path)}: {error}") from None
        seconds = float(timing.times[-1])
        if seconds > self._limits.max_seconds:
            raise DecodeError(
                f"{named(path)}: {seconds:g} seconds, expected at most {self._limits.max_seconds:g}"
            )
        end = seconds + int(found["last_duration"]) * float(time_base or 0)
        ends_early = end + 1.5 / timing.fps < float(found["stated_seconds"])
        frames, self._frames = self._frames, np.empty((0, 0, 0, 3), dtype=np.uint8)
        # Given back to the system in place; a copy would need the memory twice.
        frames.resize((self._count, *frames.shape[1:]), refcheck=False)
        frames.setflags(write=False)
        return Video(
            path=path,
            sha256=digest,
            frames=frames,
            times=timing.times,
            fps=timing.fps,
            codec=_line(found["codec"]),
            pixel_format=_line(found["pixel_format"]),
            rotation=self._orientation.rotation,
            variable_rate=timing.variable_rate,
            stated_fps=float(average) if average else None,
            truncated=bool(found["damaged"]) or ends_early,
        )


def _fraction(pair: Any) -> Fraction | None:
    return None if pair is None else Fraction(*pair)


def _line(text: Any, *, most: int = 50) -> str:
    return "".join(character for character in str(text)[:most] if character.isprintable())
