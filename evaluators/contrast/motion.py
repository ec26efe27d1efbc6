"""How far a change has come, and where a moving thing is: pure functions of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from evaluators.contrast.layers import Keyframe, Span, Spread, Timed

Plane = NDArray[np.float32]
"""Shape (height, width)."""

Ease = Literal["smooth", "linear", "fall"]


@dataclass(frozen=True)
class Pose:
    """Where something is at one time; as `Keyframe`."""

    x: float
    y: float
    scale: float
    turn: float
    opacity: float

    @property
    def at_rest(self) -> bool:
        """Whether a piece of the image is where and as it was."""
        return (self.x, self.y, self.scale, self.turn, self.opacity) == (0, 0, 1, 0, 1)


def smoothstep(share: float) -> float:
    """From 0 to 1 with no jolt at the ends; clipped."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def ramp(span: Span, t: float) -> float:
    """0 before the span, 1 after it, rising smoothly within."""
    start, end = span
    if t >= end:
        return 1.0
    return smoothstep((t - start) / (end - start)) if t > start else 0.0


def progress(timed: Timed, t: float) -> float:
    """How far a change has come at `t`, 0 to 1."""
    there = ramp(timed.time, t)
    return there if timed.undo is None else there * (1 - ramp(timed.undo, t))


def pose_at(path: Sequence[Keyframe], t: float, ease: Ease) -> Pose:
    """Where a thing on a path is at `t`; two keyframes at one time are a jump."""
    values = np.array([[key.x, key.y, key.scale, key.turn, key.opacity] for key in path])
    times = np.array([key.t for key in path])
    if t <= times[0] and not (len(path) > 1 and t == times[1]):
        found = values[0]
    elif t >= times[-1]:
        found = values[-1]
    elif ease == "smooth" and len(path) > 2 and (np.diff(times) > 0).all():
        found = PchipInterpolator(times, values)(t)
    else:
        after = int(np.searchsorted(times, t, side="right"))
        start, end = times[after - 1], times[after]
        share = (t - start) / (end - start)
        share = {"smooth": smoothstep(share), "linear": share, "fall": share * share}[ease]
        found = values[after - 1] + (values[after] - values[after - 1]) * share
    return Pose(*(float(value) for value in found))


def spread_field(region: Plane, spread: Spread) -> Plane | None:
    """When a change reaches each pixel of a region, from 0 (first) to 1; None for all at once.

    Args:
        region: 0 to 1.
        spread: From where.
    """
    if spread == "fade":
        return None
    height, width = region.shape
    rows, columns = np.nonzero(region > 0.05)
    if not len(rows):
        return None
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = (x - left) / max(right - left, 1)
    down = (y - top) / max(bottom - top, 1)
    if spread == "left":
        field = across
    elif spread == "right":
        field = 1 - across
    elif spread == "top":
        field = down
    elif spread == "bottom":
        field = 1 - down
    else:
        distance = np.hypot(x - spread[0] * width, y - spread[1] * height)
        field = distance / max(float(distance[rows, columns].max()), 1.0)
    return np.asarray(np.clip(field, 0, 1), dtype=np.float32)


def reached(region: Plane, field: Plane | None, share: float, soft: float) -> Plane:
    """The region's opacity once a change has come so far."""
    if share >= 1:
        return region
    if field is None:
        return region * np.float32(share)
    front = np.clip((share * (1 + soft) - field) / soft, 0, 1)
    return np.asarray(region * front, dtype=np.float32)
