"""What happens in a video, frame by frame: the one place that pictures and answers come from.

A `Performance` says how far the change has got in each frame. The renderer draws it, and `timeline`
reads from it what is there to be seen, which the questions' predicates are evaluated on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.world.scene import Change, Item, Stage, pick
from evaluators.world.vocabulary import BEHAVIOURS, OVERLAYS, Behaviour

# A change counts from the moment it is half done. No video rests near one half: it is passed in a
# moment or, where the edit comes too late, never reached.
COUNTS_FROM = 0.5
LATE_START = 0.88
LATE_REACH = 0.18
LAST_FINISH = 0.75


@dataclass(frozen=True)
class Camera:
    """Where the camera has got to at the end; it starts from rest at (0, 0, 1).

    Attributes:
        pan_x: Shift of the picture to the right, in widths.
        pan_y: Shift downwards, in heights.
        zoom: Factor about the centre of the frame.
    """

    pan_x: float
    pan_y: float
    zoom: float


@dataclass(frozen=True)
class Performance:
    """What a video model made of a scene.

    Attributes:
        items: The objects of the first frame.
        change: What happens to one of them; None where nothing does.
        progress: How far the change has got in each frame, shape (frames,), 0 to 1, first 0.
        black: Frames that are black all over, shape (frames,).
        camera: Movement of the camera; None where it stands.
        overlay: Words written over the frames; None where there are none.
    """

    items: tuple[Item, ...]
    change: Change | None
    progress: NDArray[np.float64]
    black: NDArray[np.bool_]
    camera: Camera | None = None
    overlay: str | None = None


@dataclass(frozen=True)
class Timeline:
    """What is there to be seen in each frame.

    Attributes:
        items: For each frame the objects by slot; None where the slot's object can't be seen.
        black: For each frame whether it is black all over.
    """

    items: tuple[tuple[Item | None, ...], ...]
    black: tuple[bool, ...]


def perform(stage: Stage, behaviour: Behaviour, *, speed: float = 1.0) -> Performance:
    """Play a scene as a video model of the given behaviour would.

    - `done`: the edit begins after the first frame and is complete after three quarters at the
      latest.
    - `still`: nothing changes but the idle bobbing.
    - `wrong_object`: as `done`, with the scene's wrong change in place of the edit.
    - `too_late`: the edit begins in the last eighth and gets less than a fifth of the way.
    - `flicker`: the edit is switched on and off twice; the last quarter is as at the start.
    - `camera_only`: as `still`, while the camera pans and zooms with every object in view.
    - `blank`: the first frame as it should be, every other one black.
    - `text`: as `still`, with words over all frames but the first.

    Args:
        stage: The scene.
        behaviour: What the model does.
        speed: Factor on the speed of the edit.
    """
    count = stage.settings.frames
    rng = np.random.default_rng([stage.seed, stage.index, 1 + BEHAVIOURS.index(behaviour)])
    times = np.linspace(0.0, 1.0, count)
    nothing = np.zeros(count)
    light = np.zeros(count, dtype=np.bool_)
    if behaviour in ("done", "wrong_object"):
        change = stage.edit if behaviour == "done" else stage.wrong
        onset = rng.uniform(0.12, 0.35)
        duration = min(rng.uniform(0.15, 0.35) / speed, LAST_FINISH - onset)
        return Performance(stage.items, change, np.clip((times - onset) / duration, 0, 1), light)
    if behaviour == "too_late":
        late = np.clip((times - LATE_START) / (1 - LATE_START), 0, 1) * LATE_REACH
        return Performance(stage.items, stage.edit, late, light)
    if behaviour == "flicker":
        first = rng.uniform(0.13, 0.2)
        second = rng.uniform(0.52, 0.56)
        # At least one of eight evenly spaced frames falls into a stretch of this length, and one
        # into the pause between the two.
        on = sum(((times >= start) & (times <= start + 0.15)) for start in (first, second))
        return Performance(stage.items, stage.edit, np.asarray(on, dtype=np.float64), light)
    if behaviour == "camera_only":
        pan_x, pan_y = rng.choice([-1, 1], 2) * rng.uniform(0.02, 0.045, 2)
        zoom = pick(rng, (rng.uniform(0.85, 0.93), rng.uniform(1.03, 1.06)))
        return Performance(
            stage.items, None, nothing, light, camera=Camera(float(pan_x), float(pan_y), zoom)
        )
    if behaviour == "blank":
        return Performance(stage.items, None, nothing, np.arange(count) > 0)
    if behaviour == "text":
        return Performance(stage.items, None, nothing, light, overlay=pick(rng, OVERLAYS))
    return Performance(stage.items, None, nothing, light)


def timeline(performance: Performance) -> Timeline:
    """What is there to be seen in each frame of a performance."""
    frames = []
    for progress, black in zip(performance.progress, performance.black, strict=True):
        items: list[Item | None] = list(performance.items)
        change = performance.change
        if change is not None:
            slot = change.slot
            now = change.after if progress >= COUNTS_FROM else change.before
            items[slot : slot + 1] = [now]
        frames.append(tuple(None if black else item for item in items))
    return Timeline(tuple(frames), tuple(bool(black) for black in performance.black))


def frozen_timeline(stage: Stage) -> Timeline:
    """What a frozen copy of the reference image shows."""
    return Timeline((stage.items,), (False,))
