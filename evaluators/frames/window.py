"""Memory that a decoding process fills and this one reads."""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from evaluators.frames.limits import PART_BYTES, Limits
from omiti2v.errors import UserError


class Window:
    """Shared memory of a fixed size, so that a read can't fail whatever the other process does.

    Pages that were never written to take no room.

    Attributes:
        size: In bytes.
        descriptor: For the other process.
        pixels: The bytes, shape (size,), read-only here.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.descriptor = os.memfd_create("frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, size)
        seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, seals)
        mapping = mmap.mmap(self.descriptor, size, prot=mmap.PROT_READ)
        self.pixels = np.frombuffer(mapping, dtype=np.uint8)

    def __del__(self) -> None:
        os.close(self.descriptor)


_IDLE: list[Window] = []
# A process that was forked off would share them with the other one.
os.register_at_fork(after_in_child=_IDLE.clear)


@contextmanager
def lent_window(limits: Limits) -> Iterator[Window]:
    """A window that nobody else has, large enough for a frame, and kept for the next video."""
    # Of RGB, whose rows may be padded.
    size = max(PART_BYTES, 4 * limits.max_pixels)
    window = _IDLE.pop() if _IDLE else None
    if window is None or window.size < size:
        try:
            window = Window(size)
        except OSError as error:  # this machine's fault, which must not be held against the video
            raise UserError(
                f"no room for decoded frames: {error.strerror}; raise the limits on files "
                "(ulimit -f, ulimit -n) or free memory"
            ) from None
    yield window
    _IDLE.append(window)  # not after an error: whoever fills it may still be at it
