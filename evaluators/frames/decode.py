"""From a video file to a `Video`, by a process that can be killed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from evaluators.child_process import CostlyRequestError, child_pool
from evaluators.frames.limits import DEFAULT_LIMITS, Limits
from evaluators.frames.source import (
    CostlyFileError,
    DecodeError,
    hash_of,
    named,
    open_source,
    too_slow,
)
from evaluators.frames.video import Frames, Video
from evaluators.frames.window import Window, lent_window

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
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise DecodeError(f"{named(path)}: its decoder was led astray: {error}") from None
    kind = CostlyFileError if found.get("costly") else DecodeError
    raise kind(f"{named(path)}: {_line(found['refused'], most=500)}")


class _FrameStore:
    """The frames that came, as one array. What comes may be false, and is held to the limits."""

    def __init__(self, window: Window, limits: Limits) -> None:
        self._window = window
        self._limits = limits
        self._count = 0
        self._frames: Frames = np.empty((0, 0, 0, 3), dtype=np.uint8)

    def add(self, part: dict[str, Any]) -> None:
        """Take a part of the frames out of the window; at 0 is the first of a new try."""
        at, count, height, width = (int(part[k]) for k in ("at", "frames", "height", "width"))
        if at == 0:
            self._count = 0
            self._start(height, width)
        if at != self._count or count < 1 or (height, width) != self._frames.shape[1:3]:
            raise ValueError("frames out of order")
        room = self._frames[at : at + count]
        # A part that is larger than the room or the window has another shape than what is there.
        room[:] = self._window.pixels[: count * height * width * 3].reshape(-1, height, width, 3)
        self._count = at + count

    def _start(self, height: int, width: int) -> None:
        if not 0 < height * width <= self._limits.max_pixels:
            raise ValueError(f"frames of {width}x{height}")
        room = self._limits.max_decoded_bytes // (width * height * 3)
        # Room for all that is permitted: memory that is never written to is never taken.
        shape = (min(room, self._limits.max_frames), height, width, 3)
        self._frames = np.empty(shape, dtype=np.uint8)

    def video(self, path: Path, digest: str, found: dict[str, Any]) -> Video:
        """The video; the store is empty afterwards."""
        times = np.array(found["times"], dtype=np.float64)
        fps, stated_fps = float(found["fps"]), found["stated_fps"]
        if times.shape != (self._count,) or times[0] != 0 or not (np.diff(times) > 0).all():
            raise ValueError("times out of order")
        if not times[-1] <= self._limits.max_seconds or not 0 < fps < np.inf:
            raise ValueError("times beyond the limits")
        frames, self._frames = self._frames, np.empty((0, 0, 0, 3), dtype=np.uint8)
        # Given back to the system in place; a copy would need the memory twice.
        frames.resize((self._count, *frames.shape[1:]), refcheck=False)
        for array in (frames, times):
            array.setflags(write=False)
        return Video(
            path=path,
            sha256=digest,
            frames=frames,
            times=times,
            fps=fps,
            codec=_line(found["codec"]),
            pixel_format=_line(found["pixel_format"]),
            rotation=int(found["rotation"]),
            variable_rate=bool(found["variable_rate"]),
            stated_fps=None if stated_fps is None else float(stated_fps),
            truncated=bool(found["truncated"]),
        )


def _line(text: Any, *, most: int = 50) -> str:
    return "".join(character for character in str(text)[:most] if character.isprintable())
