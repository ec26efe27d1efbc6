"""Renders a clip, frame by frame; the same frames for the same recipe and pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import cv2
import numpy as np

from evaluators.contrast.layers import (
    Fog,
    Layer,
    Light,
    Particles,
    Piece,
    Plume,
    Sprite,
)
from evaluators.contrast.moved import MovedLayer
from evaluators.contrast.pictures import Picture, Pictures
from evaluators.contrast.recipe import FPS, CameraMove, Clip
from evaluators.contrast.regions import RegionLayer
from evaluators.contrast.weather import FogLayer, LightLayer, ParticleLayer, PlumeLayer
from omiti2v.mp4 import Frames

RENDERER = 1
"""Changes whenever the same recipe gives other frames."""


class Drawn(Protocol):
    """A layer ready to be drawn."""

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with the layer of time `t` (0 to 1); the same array where nothing changes."""


def render_clip(clip: Clip, pictures: Pictures) -> Frames:
    """All frames of a clip: RGB, shape (frames, height, width, 3).

    Raises:
        UserError: A picture can't be read.
    """
    return np.stack(list(render_frames(clip, pictures, range(clip.frames))))


def render_frames(clip: Clip, pictures: Pictures, numbers: Iterable[int]) -> Iterator[Picture]:
    """Some frames of a clip; each is the same whichever others are asked for.

    Args:
        clip: The clip.
        pictures: Of its sample.
        numbers: From 0 to its number of frames less one.
    """
    seconds = clip.frames / FPS
    drawn = [
        _drawn(layer, pictures, np.random.default_rng([clip.seed, position]), seconds)
        for position, layer in enumerate(clip.layers)
    ]
    for number in numbers:
        t = number / (clip.frames - 1)
        frame = pictures.base
        for layer in drawn:
            frame = layer.draw(frame, t)
        frame = _seen_from(frame, clip.camera, t)
        yield _grained(frame, clip, number)


def frames_digest(frames: Frames) -> str:
    """SHA-256 of the frames' values and shape, whatever they are encoded as."""
    digest = hashlib.sha256(str(frames.shape).encode())
    digest.update(np.ascontiguousarray(frames).tobytes())
    return digest.hexdigest()


def _drawn(layer: Layer, pictures: Pictures, rng: np.random.Generator, seconds: float) -> Drawn:
    if isinstance(layer, Sprite | Piece):
        return MovedLayer(layer, pictures, seconds=seconds)
    if isinstance(layer, Fog):
        return FogLayer(layer, pictures, rng)
    if isinstance(layer, Particles):
        return ParticleLayer(layer, pictures, rng, seconds=seconds)
    if isinstance(layer, Plume):
        return PlumeLayer(layer, pictures, rng, seconds=seconds)
    if isinstance(layer, Light):
        return LightLayer(layer, pictures)
    return RegionLayer(layer, pictures)


def _seen_from(frame: Picture, camera: CameraMove, t: float) -> Picture:
    if camera == CameraMove() or t == 0:
        return frame
    height, width = frame.shape[:2]
    zoom = 1 + (camera.zoom - 1) * t
    matrix = np.array(
        [
            [zoom, 0, (1 - zoom) * width / 2 + camera.pan[0] * t * width],
            [0, zoom, (1 - zoom) * height / 2 + camera.pan[1] * t * height],
        ]
    )
    border = cv2.BORDER_REFLECT_101
    return np.asarray(cv2.warpAffine(frame, matrix, (width, height), borderMode=border), np.uint8)


def _grained(frame: Picture, clip: Clip, number: int) -> Picture:
    if not clip.grain:
        return frame
    rng = np.random.default_rng([clip.seed, number, 1_000])
    noise = rng.standard_normal(frame.shape[:2], dtype=np.float32) * np.float32(clip.grain)
    return np.clip(frame + noise[..., None] + 0.5, 0, 255).astype(np.uint8)
