"""Honest clips that are hard on whoever looks for breaks: sudden light, shaking, haste, noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from evaluators.frames import Frames
from evaluators.reference_images import load_image
from evaluators.world import (
    Background,
    Behaviour,
    Nuisances,
    Photograph,
    WorldSettings,
    make_scene,
    render_frames,
)

Generator = np.random.Generator
SIZES = ((128, 128), (224, 128), (128, 224), (256, 256))
LENGTHS = (16, 25, 33, 49, 81)
RATES = (8, 12, 16, 24, 30)
QUALITIES = (12, 18, 23, 28, 33, 38, 43)
PLAYED: tuple[Behaviour, ...] = ("done", "still", "wrong_object", "too_late", "camera_only")
"""What an honest model may make of a scene; the world's other behaviors do break off."""


@dataclass(frozen=True)
class Clip:
    """A clip to be encoded.

    Attributes:
        kind: What is hard about it.
        frames: RGB, shape (n, height, width, 3).
        fps: Frames per second.
        crf: Quality of the file.
    """

    kind: str
    frames: Frames
    fps: int
    crf: int


def rendered_clip(index: int, *, seed: int, photographs: Sequence[Path]) -> Clip:
    """A clip of the known-answer world, on plain, gradient or photographic ground."""
    rng = np.random.default_rng([seed, index])
    width, height = SIZES[rng.integers(len(SIZES))]
    count, fps, crf = (int(rng.choice(values)) for values in (LENGTHS, RATES, QUALITIES))
    grounds: list[Background] = ["plain", "gradient"]
    if photographs:
        path = photographs[int(rng.integers(len(photographs)))]
        grounds.append(Photograph(path=path, licence="CC0-1.0", attribution="a reference image"))
    varied = Nuisances(
        motion=float(rng.uniform(0, 0.02)),
        blur=float(rng.choice([0, 0, 0.005, 0.01])),
        noise=float(rng.choice([0, 0, 4, 8, 12])),
        brightness=float(rng.uniform(0.6, 1.3)),
        speed=float(rng.uniform(0.5, 2)),
    )
    settings = WorldSettings(
        width=width,
        height=height,
        frames=count,
        fps=fps,
        backgrounds=(grounds[rng.integers(len(grounds))],),
        nuisances=varied,
    )
    scene = make_scene(index, seed=seed, settings=settings)
    frames = render_frames(scene.stage, PLAYED[rng.integers(len(PLAYED))])
    kind = list(EFFECTS)[index % len(EFFECTS)]
    return Clip(kind, EFFECTS[kind](frames, rng), fps, crf)


def photograph_clip(path: Path, *, seed: int) -> Clip:
    """A photograph under a moving camera: still, zoom, pan, whip pan or hand-held."""
    rng = np.random.default_rng([seed, *path.name.encode()])
    count, fps, crf = (int(rng.choice(values)) for values in (LENGTHS, RATES, QUALITIES))
    image = load_image(path)
    scale = 320 / max(image.shape[:2])
    width, height = (2 * round(side * scale / 2) for side in (image.shape[1], image.shape[0]))
    picture = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    kind = ("still", "zoom", "pan", "whip pan", "hand-held")[rng.integers(5)]
    times = np.linspace(0, 1, count)
    zoom, shift = np.ones(count), np.zeros((count, 2))
    if kind == "zoom":
        zoom += rng.uniform(0.1, 0.6) * times
    elif kind in ("pan", "whip pan"):
        zoom += 0.5
        length = 1.0 if kind == "pan" else rng.uniform(0.1, 0.3)
        start = rng.uniform(0, 1 - length)
        way = np.clip((times - start) / length, 0, 1)
        shift[:, 0] = (way * way * (3 - 2 * way) - 0.5) * 0.3 * rng.choice([-1, 1])
    elif kind == "hand-held":
        zoom += 0.15
        shift = rng.normal(0, 0.008, (count, 2))
    return Clip(f"photograph, {kind}", _camera(picture, zoom, shift), fps, crf)


def _camera(picture: Frames, zoom: np.ndarray, shift: np.ndarray) -> Frames:
    height, width = picture.shape[:2]
    frames = []
    for scale, (right, down) in zip(zoom, shift, strict=True):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, scale)
        matrix[:, 2] += right * width, down * height
        moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
        frames.append(np.asarray(moved, dtype=np.uint8))
    return np.stack(frames)


def _lit(frames: Frames, gains: np.ndarray, where: np.ndarray | float = 1.0) -> Frames:
    """Frames whose brightness is multiplied, each by its own gain, where `where` is 1."""
    result = frames.copy()
    for index, gain in enumerate(gains):
        if gain != 1:
            factor = 1 + (gain - 1) * np.asarray(where)
            result[index] = np.clip(np.round(frames[index] * factor), 0, 255).astype(np.uint8)
    return result


def _light_step(frames: Frames, rng: Generator) -> Frames:
    gains = np.ones(len(frames))
    gains[rng.integers(1, len(frames)) :] = rng.choice([0.3, 0.5, 0.7, 1.5, 1.9])
    return _lit(frames, gains)


def _light_ramp(frames: Frames, rng: Generator) -> Frames:
    return _lit(frames, np.linspace(1, rng.choice([0.25, 0.5, 1.8]), len(frames)))


def _flashes(frames: Frames, rng: Generator) -> Frames:
    gains = np.ones(len(frames))
    for _ in range(rng.integers(1, 5)):
        start = rng.integers(1, len(frames))
        gains[start : start + rng.integers(1, 4)] = rng.choice([1.6, 2.5, 4.0])
    return _lit(frames, gains)


def _mains_hum(frames: Frames, rng: Generator) -> Frames:
    phases = np.arange(len(frames)) * rng.uniform(0.5, np.pi)
    return _lit(frames, 1 + rng.uniform(0.05, 0.3) * np.sin(phases))


def _lamp(frames: Frames, rng: Generator) -> Frames:
    """A lamp that goes on, or blinks, and lights a part of the picture."""
    height, width = frames.shape[1:3]
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    rows, columns = np.mgrid[:height, :width]
    away = np.hypot(rows - y, columns - x) / min(height, width)
    gains = np.ones(len(frames))
    start, period = rng.integers(1, len(frames)), int(rng.integers(2, 12))
    on = np.arange(len(frames)) >= start
    if rng.random() < 0.5:
        on &= np.arange(len(frames)) // period % 2 == 0
    gains[on] = rng.uniform(1.4, 2.2)
    return _lit(frames, gains, np.exp(-((away / rng.uniform(0.2, 0.6)) ** 2))[..., None])


def _shake(frames: Frames, rng: Generator) -> Frames:
    size = rng.choice([0.004, 0.01, 0.02])
    return np.concatenate(
        [
            _camera(frame, np.array([1.08]), rng.normal(0, size, (1, 2)) * (index > 0))
            for index, frame in enumerate(frames)
        ]
    )


def _knock(frames: Frames, rng: Generator) -> Frames:
    """The camera is pushed once, and stays there."""
    shift = np.zeros((len(frames), 2))
    shift[rng.integers(1, len(frames)) :] = rng.normal(0, 0.02, 2)
    return np.concatenate(
        [
            _camera(frame, np.array([1.08]), shift[index : index + 1])
            for index, frame in enumerate(frames)
        ]
    )


def _passing(frames: Frames, rng: Generator) -> Frames:
    """Something crosses the picture fast."""
    result = frames.copy()
    height, width = frames.shape[1:3]
    steps, start = int(rng.integers(3, 13)), int(rng.integers(0, len(frames)))
    radius = round(rng.uniform(0.05, 0.2) * min(height, width))
    row, colour = rng.integers(0, height), tuple(map(int, rng.integers(0, 256, 3)))
    for step in range(min(steps, len(frames) - start)):
        x = round(width * (step + 0.5) / steps)
        cv2.circle(result[start + step], (x, int(row)), radius, colour, -1, cv2.LINE_AA)
    return result


def _swinging(frames: Frames, rng: Generator) -> Frames:
    """Something swings to and fro, a few frames each way."""
    result = frames.copy()
    height, width = frames.shape[1:3]
    radius = round(rng.uniform(0.04, 0.1) * min(height, width))
    period, reach = rng.uniform(4, 16), rng.uniform(0.05, 0.3)
    row, colour = rng.integers(0, height), tuple(map(int, rng.integers(0, 256, 3)))
    for index, frame in enumerate(result):
        x = round(width * (0.5 + reach * np.sin(2 * np.pi * index / period)))
        cv2.circle(frame, (x, int(row)), radius, colour, -1, cv2.LINE_AA)
    return result


def _held(frames: Frames, rng: Generator) -> Frames:
    """A low rate of frames, each held for several."""
    held = int(rng.integers(2, 5))
    return np.ascontiguousarray(frames[np.arange(len(frames)) // held * held])


def _thinned(frames: Frames, rng: Generator) -> Frames:
    """Few frames: every second to fourth."""
    return np.ascontiguousarray(frames[:: int(rng.integers(2, 5))])


Effect = Callable[[Frames, Generator], Frames]

EFFECTS: dict[str, Effect] = {
    "as rendered": lambda frames, rng: frames,
    "light goes on or off": _light_step,
    "light that fades": _light_ramp,
    "flashes": _flashes,
    "light that hums": _mains_hum,
    "a lamp, also blinking": _lamp,
    "camera shakes": _shake,
    "camera is knocked": _knock,
    "something crosses fast": _passing,
    "something swings": _swinging,
    "frames are held": _held,
    "few frames": _thinned,
}
"""What makes a rendered clip hard; they take turns."""
