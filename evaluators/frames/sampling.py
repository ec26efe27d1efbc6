"""Which frames of a video an evaluator looks at: pure functions of the frame times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from evaluators.frames.video import Clip, Video

_ROUNDING_SECONDS = 1e-3
_LEAST_IN_PAIRS = 4


FRAMES_VERSION = 1
"""Changes whenever decoding or sampling may give other frames; results are cached under it."""


@dataclass(frozen=True, kw_only=True)
class FrameRule:
    """Sampling by rate or by number; exactly one of `fps` and `count` is given.

    Attributes:
        fps: Frames per second of video time. The frame shown at 0, 1/fps, 2/fps, ... is taken; a
            video slower than that gives each of its frames once.
        count: That many frames, evenly spaced from the first to the last; a shorter video gives
            each of its frames once.
        max_frames: With `fps`: a video that would give more is sampled by this count instead, so
            that its end is never cut off.
        pairs: With `fps`: as qwen-vl-utils 0.0.14 takes them. Of a video's frames by number, not by
            time: their number at `fps`, by the rate that the file states, at least 4, rounded down
            to whole pairs, is spread from the first frame to the last. A video of one frame, which
            qwen-vl-utils refuses, gives it.
        phase: All frames but the first and the last are taken this share of a step later, 0 to less
            than 1: other frames of the same video, to see whether the choice matters.

    Raises:
        ValueError: Neither or both of `fps` and `count`, `max_frames` or `pairs` without `fps`, or
            a value that is not positive.
    """

    fps: float | None = None
    count: int | None = None
    max_frames: int | None = None
    pairs: bool = False
    phase: float = 0.0

    def __post_init__(self) -> None:
        if (self.fps is None) == (self.count is None):
            raise ValueError("FrameRule: expected one of fps and count")
        if self.count is not None and (self.max_frames is not None or self.pairs):
            raise ValueError("FrameRule: max_frames and pairs go with fps, got one with count")
        for name in ("fps", "count", "max_frames"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise ValueError(f"FrameRule: {name}: expected a positive number, got {value!r}")
        if not 0 <= self.phase < 1:
            raise ValueError(f"FrameRule: phase: expected 0 to less than 1, got {self.phase!r}")

    def __str__(self) -> str:
        """The rule as it is written into response logs and cache keys, as "fps=8,max=64"."""
        if self.fps is None:
            text = f"count={self.count}"
        else:
            text = f"fps={float(self.fps)!r}".removesuffix(".0")
        if self.max_frames is not None:
            text += f",max={self.max_frames}"
        if self.pairs:
            text += ",pairs"
        return f"{text},phase={self.phase!r}" if self.phase else text


def sample_indices(
    times: NDArray[np.float64], rule: FrameRule, *, stated_fps: float | None = None
) -> NDArray[np.intp]:
    """Indices of the frames that `rule` picks, increasing and without repeats.

    Args:
        times: Presentation times in seconds, shape (n,), increasing, n >= 1.
        rule: The rule.
        stated_fps: The rate that the file states; None takes that of `times`. Only a rule with
            `pairs` looks at it.
    """
    if rule.pairs and len(times) > 1:
        rate = stated_fps or (len(times) - 1) / float(times[-1] - times[0])
        indices = _in_pairs(len(times), rate, cast(float, rule.fps), rule.max_frames)
    elif rule.fps is None:
        indices = _evenly_spaced(len(times), cast(int, rule.count))
    else:
        indices = _shown_at_rate(times, rule.fps)
        if rule.max_frames is not None and len(indices) > rule.max_frames:
            indices = _evenly_spaced(len(times), rule.max_frames)
    return _later(indices, rule.phase) if rule.phase else indices


def sample_frames(video: Video, rule: FrameRule) -> Clip:
    """The frames of `video` that `rule` picks, read-only.

    A clip of one frame has no rate of its own and is given the video's.
    """
    indices = sample_indices(video.times, rule, stated_fps=video.stated_fps)
    # Most of a gigabyte for a long video, if all of its frames were copied.
    frames = video.frames if len(indices) == len(video.frames) else video.frames[indices]
    times = video.times[indices]
    for array in (frames, times, indices):
        array.setflags(write=False)
    fps = video.fps if len(indices) == 1 else float((len(indices) - 1) / (times[-1] - times[0]))
    stated = len(video.frames) / (video.stated_fps or video.fps)
    seconds = max(stated, float(video.times[-1]))
    return Clip(frames=frames, times=times, indices=indices, fps=fps, video_seconds=seconds)


def _evenly_spaced(length: int, count: int) -> NDArray[np.intp]:
    spaced = np.linspace(0, length - 1, min(count, length))
    return np.unique(np.rint(spaced).astype(np.intp))


def _in_pairs(length: int, rate: float, fps: float, max_frames: int | None) -> NDArray[np.intp]:
    # In the order in which qwen-vl-utils computes it, as the number is cut off.
    wanted = max(length / rate * fps, _LEAST_IN_PAIRS)
    count = max(int(min(wanted, max_frames or length, length)) // 2 * 2, 2)
    # torch.linspace, which works in single precision and from both ends. That matters at halves of
    # videos of some 10,000 frames. Halves go to the even neighbor.
    last = np.float32(length - 1)
    step = np.float32(last / np.float32(count - 1))
    places = np.arange(count)
    back = (last - step.astype(np.float64) * (count - 1 - places)).astype(np.float32)
    spread = np.where(places < count // 2, step * places.astype(np.float32), back)
    return np.rint(spread).astype(np.intp)


def _later(indices: NDArray[np.intp], phase: float) -> NDArray[np.intp]:
    """All but the first and the last, moved towards the next one; where frames lie side by side,
    there is no other to be taken."""
    moved = indices.copy()
    moved[1:-1] += np.rint(phase * (indices[2:] - indices[1:-1] - 1)).astype(np.intp)
    return moved


def _shown_at_rate(times: NDArray[np.float64], fps: float) -> NDArray[np.intp]:
    # Counted in ticks of 1/fps, a frame is taken where a whole number lies between its start and
    # the next one's. The last frame is shown for as long as the others are on average.
    starts = (times - times[0]) * fps
    mean = starts[-1] / max(len(starts) - 1, 1)
    ends = np.append(starts[1:], starts[-1] + mean)
    # A frame that starts just after a tick counts as shown at it: containers round to milliseconds.
    slack = min(_ROUNDING_SECONDS * fps, 0.25)
    taken = np.ceil(starts - slack) < ends - slack
    taken[0] = True
    return np.flatnonzero(taken)
