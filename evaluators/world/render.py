"""Draws a performance of a scene, frame by frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames
from evaluators.world.backdrop import paint_backdrop
from evaluators.world.scene import Item, Stage
from evaluators.world.settings import Nuisances
from evaluators.world.shapes import draw_masks
from evaluators.world.timeline import Camera, Performance, perform
from evaluators.world.vocabulary import BEHAVIOURS, RGB, Behaviour, Place, Size

Picture = NDArray[np.uint8]
"""One RGB frame, shape (height, width, 3)."""

RADIUS: dict[Size, float] = {"small": 0.09, "big": 0.165}
"""Half of an object's extent, in shorter sides of the frame."""

CENTRE: dict[Place, tuple[float, float]] = {
    "top left": (0.28, 0.28),
    "top right": (0.72, 0.28),
    "bottom left": (0.28, 0.72),
    "bottom right": (0.72, 0.72),
}
"""Middle of each place, in widths and heights."""

JITTER = 0.025
FINE_SIDE = 320
BORDER_COLOUR = (15, 15, 15)


@dataclass(frozen=True)
class Sprite:
    """An object as drawn in one frame: position in (width, height), radius in shorter sides."""

    item: Item
    x: float
    y: float
    radius: float
    opacity: float = 1.0
    colour: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class SlotPositions:
    """How far each slot's object is off its place's middle, and the phases of its bobbing."""

    offsets: NDArray[np.float64]
    phases: NDArray[np.float64]


def render_frames(
    stage: Stage, behaviour: Behaviour, *, nuisances: Nuisances | None = None
) -> Frames:
    """The video that a model of this behaviour makes of a scene.

    Args:
        stage: The scene.
        behaviour: What the model does.
        nuisances: In place of the settings' own.

    Returns:
        RGB frames of the settings' size and length; the same for the same arguments.

    Raises:
        UserError: The background photograph can't be read.
    """
    varied = nuisances or stage.settings.nuisances
    performance = perform(stage, behaviour, speed=varied.speed)
    frames = draw_performance(stage, performance, motion=varied.motion, speed=varied.speed)
    stream = np.random.default_rng([stage.seed, stage.index, 100 + BEHAVIOURS.index(behaviour)])
    return _spoil(frames, varied, stream)


def render_reference(stage: Stage) -> Picture:
    """The reference image: the first frame as it is without blur, noise and change of brightness.

    Raises:
        UserError: The background photograph can't be read.
    """
    still = perform(stage, "still")
    first = Performance(still.items, None, still.progress[:1], still.black[:1])
    motion = stage.settings.nuisances.motion
    frames = draw_performance(stage, first, motion=motion, speed=1.0)
    return np.asarray(frames[0], dtype=np.uint8)


def draw_performance(
    stage: Stage, performance: Performance, *, motion: float, speed: float
) -> Frames:
    """Clean frames of a performance, RGB, shape (frames, height, width, 3)."""
    settings = stage.settings
    backdrop = paint_backdrop(stage)
    rng = np.random.default_rng([stage.seed, stage.index, 200])
    shape = (len(stage.items) + 1, 2)
    rest = SlotPositions(rng.uniform(-JITTER, JITTER, shape), rng.uniform(0, 2 * math.pi, shape))
    count = len(performance.progress)
    frames = np.zeros((count, settings.height, settings.width, 3), dtype=np.uint8)
    for index in range(count):
        if performance.black[index]:
            continue
        share = index / max(settings.frames - 1, 1)
        sway = motion * np.sin(2 * math.pi * speed * share + rest.phases)
        camera = _camera_at(performance.camera, share)
        picture = _move_backdrop(backdrop, camera) if camera else backdrop.copy()
        for sprite in _sprites(performance, float(performance.progress[index]), rest, sway):
            _paint(picture, sprite, camera)
        if performance.overlay and index > 0:
            _write(picture, performance.overlay)
        frames[index] = picture
    return frames


def _camera_at(camera: Camera | None, share: float) -> Camera | None:
    if camera is None:
        return None
    return Camera(camera.pan_x * share, camera.pan_y * share, 1 + (camera.zoom - 1) * share)


def _move_backdrop(backdrop: Picture, camera: Camera) -> Picture:
    height, width = backdrop.shape[:2]
    matrix = np.array(
        [
            [camera.zoom, 0, (1 - camera.zoom) * width / 2 + camera.pan_x * width],
            [0, camera.zoom, (1 - camera.zoom) * height / 2 + camera.pan_y * height],
        ]
    )
    return np.asarray(
        cv2.warpAffine(backdrop, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101),
        dtype=np.uint8,
    )


def _sprites(
    performance: Performance, progress: float, rest: SlotPositions, sway: NDArray[np.float64]
) -> list[Sprite]:
    sprites = []
    shift = rest.offsets + sway
    change = performance.change
    for slot, item in enumerate(performance.items):
        if change is None or slot != change.slot:
            sprites.append(_resting(item, shift[slot]))
    if change is None:
        return sprites
    before, after = change.before, change.after
    if before is None or after is None:
        shown = before or after
        opacity = progress if before is None else 1 - progress
        if shown is not None and opacity > 0:
            one = _resting(shown, shift[change.slot])
            sprites.append(Sprite(one.item, one.x, one.y, one.radius, opacity))
        return sprites
    start, end = _resting(before, shift[change.slot]), _resting(after, shift[change.slot])
    pairs = zip(RGB[before.colour], RGB[after.colour], strict=True)
    colour = tuple(a + (b - a) * progress for a, b in pairs)
    assert len(colour) == 3  # noqa: S101
    x, y, radius = (
        a + (b - a) * progress
        for a, b in ((start.x, end.x), (start.y, end.y), (start.radius, end.radius))
    )
    if before.shape == after.shape:
        return [*sprites, Sprite(before, x, y, radius, 1.0, colour)]
    faded = ((before, 1 - progress), (after, progress))
    return [*sprites, *(Sprite(i, x, y, radius, o, colour) for i, o in faded if o > 0)]


def _resting(item: Item, shift: NDArray[np.float64]) -> Sprite:
    x, y = CENTRE[item.place]
    return Sprite(item, x + float(shift[0]), y + float(shift[1]), RADIUS[item.size])


def _paint(picture: Picture, sprite: Sprite, camera: Camera | None) -> None:
    height, width = picture.shape[:2]
    short = min(height, width)
    x, y, radius = sprite.x, sprite.y, sprite.radius * short
    if camera is not None:
        x = 0.5 + (x - 0.5) * camera.zoom + camera.pan_x
        y = 0.5 + (y - 0.5) * camera.zoom + camera.pan_y
        radius *= camera.zoom
    centre_x, centre_y = x * width - 0.5, y * height - 0.5
    line = max(1, round(0.012 * short))
    reach = math.ceil(radius) + line + 2
    left, top = max(0, int(centre_x) - reach), max(0, int(centre_y) - reach)
    right = min(width, int(centre_x) + reach + 1)
    bottom = min(height, int(centre_y) + reach + 1)
    face, whole = draw_masks(
        sprite.item.shape,
        centre=(centre_x - left, centre_y - top),
        radius=radius,
        line=line,
        height=bottom - top,
        width=right - left,
    )
    region = picture[top:bottom, left:right].astype(np.float32)
    cover_whole = (whole[..., None] / np.float32(255)) * np.float32(sprite.opacity)
    cover_face = face[..., None] / np.float32(255)
    # The border is painted under the face, so that a fading object shows no second edge.
    colour = np.array(sprite.colour or RGB[sprite.item.colour], dtype=np.float32)
    paint = np.array(BORDER_COLOUR, dtype=np.float32) * (1 - cover_face) + colour * cover_face
    region += (paint - region) * cover_whole
    picture[top:bottom, left:right] = np.round(region).astype(np.uint8)


def _write(picture: Picture, words: str) -> None:
    height, width = picture.shape[:2]
    # Drawn large and scaled down: OpenCV's strokes are at least a pixel wide.
    finer = max(1, math.ceil(FINE_SIDE / min(height, width)))
    tall, wide = height * finer, width * finer
    face, thickness = cv2.FONT_HERSHEY_SIMPLEX, max(1, round(min(tall, wide) / 60))
    (natural, above), _ = cv2.getTextSize(words, face, 1.0, thickness)
    # Between the rows of objects, where it hides none of them.
    scale = min(0.1 * tall / above, 0.9 * wide / natural)
    (length, above), _ = cv2.getTextSize(words, face, scale, thickness)
    origin = ((wide - length) // 2, (tall + above) // 2)
    for colour, extra in ((0, 2 * thickness), (255, 0)):
        ink = np.zeros((tall, wide), dtype=np.uint8)
        cv2.putText(ink, words, origin, face, scale, 255, thickness + extra, cv2.LINE_AA)
        cover = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)[..., None] / 255
        picture[:] = np.round(picture + (colour - picture.astype(np.float64)) * cover)


def _spoil(frames: Frames, nuisances: Nuisances, rng: np.random.Generator) -> Frames:
    short = min(frames.shape[1:3])
    if nuisances.blur > 0:
        for frame in frames:
            cv2.GaussianBlur(frame, (0, 0), nuisances.blur * short, dst=frame)
    if nuisances.noise == 0 and nuisances.brightness == 1:
        return frames
    for frame in frames:
        level = frame.astype(np.float32) * np.float32(nuisances.brightness)
        if nuisances.noise > 0:
            level += rng.standard_normal(level.shape, dtype=np.float32) * np.float32(
                nuisances.noise
            )
        frame[:] = np.clip(np.round(level), 0, 255).astype(np.uint8)
    return frames
