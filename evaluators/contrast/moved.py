"""Draws what moves: sprites, and pieces cut out of the image."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.contrast.colors import Colors, fitted, recolored
from evaluators.contrast.layers import Moved, Piece, Reveal, Sprite
from evaluators.contrast.motion import Plane, Pose, pose_at, progress, ramp
from evaluators.contrast.pictures import Cutout, Picture, Pictures


class MovedLayer:
    """Draws one sprite or piece on frames.

    Args:
        layer: What moves.
        pictures: Of its sample.
        seconds: Length of the clip.
    """

    def __init__(self, layer: Sprite | Piece, pictures: Pictures, *, seconds: float) -> None:
        self._layer, self._pictures, self._seconds = layer, pictures, seconds
        self._size = (pictures.width, pictures.height)
        self._shown = _shown_within(layer, pictures)
        if isinstance(layer, Sprite):
            self._hole: Plane | None = None
            cutout = pictures.sprite(layer.picture)
            largest = max(key.scale for key in layer.path)
            width = layer.width * pictures.width
            self._scale = min(1.0, max(width * max(largest, 1e-3), 1.0) / cutout.shape[1])
            if self._scale < 1:
                size = tuple(max(1, round(n * self._scale)) for n in cutout.shape[1::-1])
                cutout = cv2.resize(cutout, size, interpolation=cv2.INTER_AREA)
            self._scale = width / cutout.shape[1]
            self._rest = (0.0, 0.0)
        else:
            self._hole = None if layer.keep else pictures.mask(layer.mask, grow=2, soften=1.0)
            self._fill = pictures.filled(layer.mask, layer.fill)
            cutout, self._rest = _cut(layer, pictures)
            self._scale = 1.0
        self._cutout = _adjusted(cutout, layer)
        self._height = self._cutout.shape[0] * self._scale

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with the thing on it; the same array where there is nothing to draw."""
        layer = self._layer
        pose = pose_at(layer.path, t, layer.ease)
        if isinstance(layer, Piece) and pose.at_rest and not _differs_at_rest(layer):
            return frame
        found = frame
        if self._hole is not None:
            hole = self._hole[..., None]
            found = (frame * (1 - hole) + self._fill * hole).astype(np.uint8)
        opacity = pose.opacity * layer.opacity
        if isinstance(layer, Sprite):
            opacity *= progress(layer, t)
        if opacity <= 0 or pose.scale <= 0:
            return found
        moving = self._moving(t)
        pose = self._swung(pose, t, moving)
        squeeze = 1.0
        if layer.flap:
            squeeze = 1 - layer.flap * (
                0.5 - 0.5 * math.cos(2 * math.pi * layer.rate * self._time(t))
            )
        matrix, base = self._matrix(pose, squeeze)
        if layer.shadow:
            found = self._shaded(found, base, pose.scale, layer.shadow * opacity)
        cutout = self._cutout
        if layer.reveal is not None:
            cutout = _revealed(cutout, layer.reveal, t)
        return _composed(found, cutout, matrix, opacity, self._shown)

    def _time(self, t: float) -> float:
        return t * self._seconds

    def _moving(self, t: float) -> float:
        """0 at rest to 1 at a good pace."""
        here, before = (pose_at(self._layer.path, at, self._layer.ease) for at in (t, t - 0.02))
        return min(1.0, math.hypot(here.x - before.x, here.y - before.y) / 0.004)

    def _swung(self, pose: Pose, t: float, moving: float) -> Pose:
        layer = self._layer
        turn, y = pose.turn, pose.y
        if layer.bob:
            swing = math.sin(2 * math.pi * layer.rate * self._time(t))
            grounded = layer.shadow > 0 or layer.anchor == "bottom"
            y += layer.bob * (-abs(swing) * moving if grounded else swing)
        if layer.roll:
            end = layer.path[-1].x
            radius = 0.5 * self._cutout.shape[1] * self._scale * pose.scale
            turn += math.degrees((pose.x - end) * self._size[0] / max(radius, 1))
        return replace(pose, turn=turn, y=y)

    def _matrix(
        self, pose: Pose, squeeze: float
    ) -> tuple[NDArray[np.float32], tuple[float, float]]:
        """From cutout to frame, and where the foot of the thing is in the frame."""
        height, width = self._cutout.shape[:2]
        x = pose.x * self._size[0] + self._rest[0]
        y = pose.y * self._size[1] + self._rest[1]
        anchor = {"center": 0.5, "bottom": 1.0, "top": 0.0}[self._layer.anchor]
        if isinstance(self._layer, Piece):
            y += (anchor - 0.5) * height
        scale = self._scale * pose.scale
        angle = math.radians(pose.turn)
        cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
        matrix = np.array([[cos, -sin * squeeze, 0], [sin, cos * squeeze, 0]], np.float32)
        middle = np.array([width / 2, height * anchor], np.float32)
        matrix[:, 2] = np.array([x, y], np.float32) - matrix[:, :2] @ middle
        foot = y + (1 - anchor) * height * scale
        return matrix, (x, foot)

    def _shaded(
        self, frame: Picture, foot: tuple[float, float], scale: float, strength: float
    ) -> Picture:
        width = self._cutout.shape[1] * self._scale * scale
        across, down = 0.46 * width, max(0.09 * width, 2.0)
        left, top = int(foot[0] - 2 * across), int(foot[1] - 3 * down)
        right, bottom = int(foot[0] + 2 * across) + 1, int(foot[1] + 3 * down) + 1
        left, top = max(left, 0), max(top, 0)
        right, bottom = min(right, self._size[0]), min(bottom, self._size[1])
        if right <= left or bottom <= top:
            return frame
        y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
        distance = ((x - foot[0]) / across) ** 2 + ((y - foot[1] + 0.3 * down) / down) ** 2
        dark = np.exp(-distance) * np.float32(strength)
        if self._shown is not None:
            dark = dark * self._shown[top:bottom, left:right]
        found = frame.copy()
        part = found[top:bottom, left:right]
        found[top:bottom, left:right] = (part * (1 - dark[..., None])).astype(np.uint8)
        return found


def _differs_at_rest(layer: Piece) -> bool:
    return bool(layer.color or layer.flap or layer.reveal or layer.opacity < 1 or layer.mirror)


def _shown_within(layer: Moved, pictures: Pictures) -> Plane | None:
    hiding = (layer.behind,) if isinstance(layer.behind, str) else layer.behind
    if not hiding and layer.within is None:
        return None
    shown = pictures.mask(layer.within, soften=0.8)
    for name in hiding:
        shown = shown * (1 - pictures.mask(name, soften=0.8))
    return shown


def _cut(layer: Piece, pictures: Pictures) -> tuple[Cutout, tuple[float, float]]:
    mask = pictures.mask(layer.mask, soften=layer.soften)
    rows, columns = np.nonzero(mask > 0.004)
    top, bottom = int(rows.min()), int(rows.max()) + 1
    left, right = int(columns.min()), int(columns.max()) + 1
    alpha = mask[top:bottom, left:right, None]
    colors = pictures.base[top:bottom, left:right] * alpha
    middle = (0.5 * (left + right), 0.5 * (top + bottom))
    return np.concatenate([colors, alpha], axis=2).astype(np.float32), middle


def _adjusted(cutout: Cutout, layer: Moved) -> Cutout:
    if layer.mirror:
        cutout = np.ascontiguousarray(cutout[:, ::-1])
    alpha = cutout[..., 3]
    solid = cutout[..., :3] / np.maximum(alpha, 1e-4)[..., None]
    plain: Colors = np.asarray(np.clip(solid, 0, 255), dtype=np.float32)
    if layer.color is not None:
        plain = recolored(plain, alpha, layer.color)
    plain = fitted(
        plain,
        brightness=layer.brightness,
        contrast=layer.contrast,
        warmth=layer.warmth,
        weight=alpha,
    )
    found = np.dstack([plain * alpha[..., None], alpha]).astype(np.float32)
    if layer.blur:
        edge = math.ceil(3 * layer.blur)
        found = np.pad(found, ((edge, edge), (edge, edge), (0, 0)))
        found = cv2.GaussianBlur(found, (0, 0), layer.blur)
    return found


def _revealed(cutout: Cutout, reveal: Reveal, t: float) -> Cutout:
    share = ramp(reveal.time, t)
    if share >= 1:
        return cutout
    height, width = cutout.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (x + 0.5) / width, (y + 0.5) / height
    field = {
        "left": across,
        "right": 1 - across,
        "top": down,
        "bottom": 1 - down,
    }[reveal.from_]
    shown = np.clip((share * 1.04 - field) / 0.04, 0, 1)
    return np.asarray(cutout * shown[..., None], dtype=np.float32)


def _composed(
    frame: Picture,
    cutout: Cutout,
    matrix: NDArray[np.float32],
    opacity: float,
    shown: Plane | None,
) -> Picture:
    height, width = cutout.shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float32)
    placed = corners @ matrix.T
    left, top = np.floor(placed.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(placed.max(axis=0)).astype(int) + 1
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, frame.shape[1]), min(bottom, frame.shape[0])
    if right <= left or bottom <= top:
        return frame
    moved = matrix.copy()
    moved[:, 2] -= (left, top)
    size = (right - left, bottom - top)
    shrinks = float(np.hypot(moved[0, 0], moved[1, 0])) < 0.6
    if shrinks:  # no aliasing where a large picture is drawn small
        factor = max(float(np.hypot(moved[0, 0], moved[1, 0])), 1e-3)
        small = (max(1, round(width * factor)), max(1, round(height * factor)))
        cutout = cv2.resize(cutout, small, interpolation=cv2.INTER_AREA)
        moved[:, 0] *= width / small[0]
        moved[:, 1] *= height / small[1]
    drawn = cv2.warpAffine(cutout, moved, size, flags=cv2.INTER_LINEAR)
    if shown is not None:
        drawn = drawn * shown[top:bottom, left:right, None]
    drawn = drawn * np.float32(opacity)
    found = frame.copy()
    part = found[top:bottom, left:right]
    mixed = part * (1 - drawn[..., 3:]) + drawn[..., :3]
    found[top:bottom, left:right] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return found
