"""When each frame of a video is shown: from time stamps to seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Timing:
    """The times of a video's frames.

    Attributes:
        times: Seconds from the first frame, shape (n,), increasing from 0, read-only.
        fps: Mean frames per second.
        variable_rate: True where the frames are not evenly spaced.
    """

    times: NDArray[np.float64]
    fps: float
    variable_rate: bool


def timing_of(
    stamps: Sequence[int | None], *, time_base: Fraction, rate: Fraction | None
) -> Timing:
    """Turn presentation time stamps into seconds.

    Stamps that are missing or don't increase say nothing about when a frame is shown; the frames of
    such a file are evenly spaced at its stated rate.

    Args:
        stamps: One for each frame, in units of `time_base`, at least one.
        time_base: Seconds in a unit.
        rate: The frames per second that the file states.

    Raises:
        ValueError: The rate is needed, and is missing or not positive.
    """
    known = [stamp for stamp in stamps if stamp is not None]
    usable = len(known) == len(stamps) > 1 and all(a < b for a, b in pairwise(known))
    if usable and time_base > 0:
        ticks = np.array([stamp - known[0] for stamp in known], dtype=np.float64)
        times = ticks * time_base.numerator / time_base.denominator
        # Of integers, so that 24 frames a second come out as 24 and not as 23.999999.
        fps = float((len(known) - 1) / ((known[-1] - known[0]) * time_base))
        even = _is_even(ticks)
    elif rate is not None and rate > 0:
        times = np.arange(len(stamps)) / float(rate)
        fps = float(rate)
        even = True
    else:
        raise ValueError("no usable time stamps and no frame rate")
    times.setflags(write=False)
    return Timing(times=times, fps=fps, variable_rate=not even)


def _is_even(ticks: NDArray[np.float64]) -> bool:
    # An even rate that doesn't fit the time base is rounded to it, as 62.5 ms is to 62 and 63. That
    # is told from frames left out only where a frame lasts for two ticks or more.
    grid = np.linspace(0.0, ticks[-1], len(ticks))
    tick = 1.0 if grid[1] >= 2 else 0.0
    return bool(np.abs(ticks - grid).max() <= tick + 1e-6 * grid[1])
