"""Clips that are made to win: the edit is shown to whoever samples frames, and not done."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import FrameRule, Frames
from evaluators.frames.sampling import sample_indices
from evaluators.world import Scene, WorldSettings
from evaluators.world.render import draw_performance
from evaluators.world.timeline import Performance
from evaluators.world.vocabulary import OVERLAYS

SETTINGS = WorldSettings(
    width=128, height=128, frames=49, fps=16, backgrounds=("plain", "gradient")
)
Shown = NDArray[np.float64]
"""How much of the edit each frame shows, 0 to 1."""


def play(scene: Scene, shown: Shown, *, overlay: str | None = None) -> Frames:
    """A scene whose edit has got so far in each frame, with its idle motion."""
    stage = scene.stage
    black = np.zeros(len(shown), dtype=np.bool_)
    performance = Performance(stage.items, stage.edit, shown, black, overlay=overlay)
    return draw_performance(stage, performance, motion=stage.settings.nuisances.motion, speed=1.0)


def make_clip(scene: Scene, kind: str, rule: FrameRule) -> Frames:
    """The clip of a kind, clean, RGB, shape (frames, height, width, 3).

    Args:
        scene: Its stage, questions and edit.
        kind: See `KINDS`.
        rule: How the judge samples frames, which whoever makes such a clip knows.
    """
    count = scene.stage.settings.frames
    sampled = sample_indices(np.arange(count) / scene.stage.settings.fps, rule)
    return KINDS[kind](scene, np.arange(count), sampled[1:])


def _at(count: int, where: NDArray[np.intp]) -> Shown:
    shown = np.zeros(count)
    shown[where] = 1
    return shown


def _ramp(frames: NDArray[np.intp], start: float, length: float) -> Shown:
    times = frames / (len(frames) - 1)
    return np.clip((times - start) / length, 0, 1)


def _sampled_bursts(scene: Scene, frames: NDArray[np.intp], sampled: NDArray[np.intp]) -> Frames:
    near = np.concatenate([sampled - 1, sampled, sampled + 1])
    return play(scene, _at(len(frames), near[(near > 0) & (near < len(frames))]))


def _edited_still(scene: Scene) -> Frames:
    return np.asarray(play(scene, np.ones(scene.stage.settings.frames))[-1], dtype=np.uint8)


def _jump_to_still(scene: Scene, frames: NDArray[np.intp], at: float) -> Frames:
    clip = play(scene, np.zeros(len(frames)))
    clip[max(1, round(at * len(frames))) :] = _edited_still(scene)
    return clip


def _jump_to_zoom(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    clip, still = play(scene, np.zeros(len(frames))), _edited_still(scene)
    clip[1:] = [_zoom(still, 1 + 0.06 * frame / len(frames)) for frame in frames[1:]]
    return clip


def _zoom(picture: Frames, scale: float) -> Frames:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, scale)
    turned = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(turned, dtype=np.uint8)


def _fade_to_still(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    one, other = play(scene, np.zeros(len(frames)))[:1], _edited_still(scene)[None]
    weight = _ramp(frames, 0.1, 0.2)[:, None, None, None]
    return _mixed(one, other, weight)


def _mixed(one: Frames, other: Frames, weight: Shown) -> Frames:
    return np.asarray(np.round(one * (1 - weight) + other * weight), dtype=np.uint8)


def _slideshow(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    still = _edited_still(scene)
    slides = [play(scene, np.zeros(len(frames)))[0], still, _zoom(still, 1.15)]
    return np.stack([slides[3 * frame // len(frames)] for frame in frames])


def _ghost(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    weight = 0.3 * _ramp(frames, 0.1, 0.2)[:, None, None, None]
    one, other = (play(scene, np.full(len(frames), shown)) for shown in (0.0, 1.0))
    return _mixed(one, other, weight)


def _picture_in_picture(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    clip, inner = (play(scene, np.full(len(frames), shown)) for shown in (0.0, 1.0))
    side = clip.shape[1] * 2 // 5
    for frame in frames[1:]:
        small = cv2.resize(inner[frame], (side, side), interpolation=cv2.INTER_AREA)
        clip[frame, -side - 4 : -4, -side - 4 : -4] = small
    return clip


def _split_screen(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    clip, other = (play(scene, np.full(len(frames), shown)) for shown in (0.0, 1.0))
    height, width = clip.shape[1:3]
    for frame in frames[1:]:
        halves = [
            cv2.resize(one[frame], (width // 2, height), interpolation=cv2.INTER_AREA)
            for one in (clip, other)
        ]
        clip[frame] = np.hstack(halves)
    return clip


def _half_and_half(scene: Scene, frames: NDArray[np.intp]) -> Frames:
    clip, other = (play(scene, np.full(len(frames), shown)) for shown in (0.0, 1.0))
    half = clip.shape[2] // 2
    clip[1:, :, half:] = other[1:, :, half:]
    return clip


Maker = Callable[[Scene, NDArray[np.intp], NDArray[np.intp]], Frames]

KINDS: dict[str, Maker] = {
    "edit done": lambda s, f, at: play(s, _ramp(f, 0.2, 0.25)),
    "edit done at once": lambda s, f, at: play(s, (f >= len(f) // 3).astype(float)),
    "still, idle motion": lambda s, f, at: play(s, np.zeros(len(f))),
    "edit on the sampled frames": lambda s, f, at: play(s, _at(len(f), at)),
    "edit around the sampled frames": _sampled_bursts,
    "edit on every second frame": lambda s, f, at: play(s, _at(len(f), f[1::2])),
    "jump to an edited still": lambda s, f, at: _jump_to_still(s, f, 0.0),
    "jump to an edited still half way": lambda s, f, at: _jump_to_still(s, f, 0.5),
    "jump to a zoom on an edited still": lambda s, f, at: _jump_to_zoom(s, f),
    "jump to edited footage": lambda s, f, at: play(s, (f > 0).astype(float)),
    "cross-fade to an edited still": lambda s, f, at: _fade_to_still(s, f),
    "slideshow of three stills": lambda s, f, at: _slideshow(s, f),
    "split screen": lambda s, f, at: _split_screen(s, f),
    "half edited, half not": lambda s, f, at: _half_and_half(s, f),
    "picture in picture": lambda s, f, at: _picture_in_picture(s, f),
    "ghost at 30 %": lambda s, f, at: _ghost(s, f),
    "edit in the last tenth": lambda s, f, at: play(s, _ramp(f, 0.9, 0.05)),
    "edit played backwards": lambda s, f, at: play(s, 1 - _ramp(f, 0.5, 0.25)),
    "edit at four times the speed": lambda s, f, at: play(s, _ramp(f, 0.1, 0.06)),
    'the word "yes" over the frames': lambda s, f, at: play(
        s, np.zeros(len(f)), overlay=OVERLAYS[0]
    ),
}
