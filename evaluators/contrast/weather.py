"""Draws weather and light: fog, rain, snow, stars, smoke, a glow."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.contrast.layers import Fog, Light, Particles, Plume
from evaluators.contrast.motion import Plane, progress, reached, smoothstep, spread_field
from evaluators.contrast.pictures import Picture, Pictures, rgb

_PUFFS = 70
_SUBPIXEL = 4


def _over(frame: Picture, color: str, alpha: Plane) -> Picture:
    a = alpha[..., None]
    return np.clip(frame * (1 - a) + rgb(color) * a + 0.5, 0, 255).astype(np.uint8)


class FogLayer:
    """Draws fog that drifts."""

    def __init__(self, layer: Fog, pictures: Pictures, rng: np.random.Generator) -> None:
        self._layer = layer
        soften = 0.0 if layer.mask is None else max(layer.soften, 6.0)
        self._region = pictures.mask(layer.mask, soften=soften)
        self._field = spread_field(self._region, layer.spread)
        height, width = self._region.shape
        self._noise = _cloud_noise(height, 2 * width, rng)
        if self._field is not None:  # a ragged front
            self._field = np.clip(self._field + 0.18 * (self._noise[:, :width] - 0.5), 0, 1)

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with the fog of time `t`."""
        share = progress(self._layer, t)
        if share <= 0:
            return frame
        width = frame.shape[1]
        shift = -self._layer.drift * t * width
        moved = cv2.warpAffine(
            self._noise,
            np.array([[1, 0, shift], [0, 1, 0]], np.float32),
            (width, frame.shape[0]),
            borderMode=cv2.BORDER_WRAP,
        )
        thick = self._layer.density * (1 - (1 - self._layer.density**2) * 0.6 * moved)
        alpha = reached(self._region, self._field, share, self._layer.soft) * thick
        return _over(frame, self._layer.color, np.asarray(alpha, np.float32))


def _cloud_noise(height: int, width: int, rng: np.random.Generator) -> Plane:
    total = np.zeros((height, width), np.float32)
    for octave in range(4):
        cells = 3 * 2**octave
        grid = rng.random((cells, 2 * cells)).astype(np.float32)
        grid[:, -1] = grid[:, 0]
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / 2**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


class ParticleLayer:
    """Draws rain, snow or stars."""

    def __init__(
        self,
        layer: Particles,
        pictures: Pictures,
        rng: np.random.Generator,
        *,
        seconds: float,
    ) -> None:
        self._layer, self._seconds = layer, seconds
        self._region = pictures.mask(layer.mask, soften=2.0 if layer.mask else 0.0)
        self._values = rng.random((layer.count, 5))
        if layer.look == "stars":
            self._values[:, :2] = _inside(self._region, self._values[:, :2], rng)
        # Sizes in pixels are those of a frame 832 wide.
        self._unit = layer.size * max(pictures.width, pictures.height) / 832

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with the particles of time `t`."""
        share = progress(self._layer, t)
        if share <= 0:
            return frame
        layer = self._layer
        canvas = np.zeros(frame.shape[:2], np.uint8)
        shown = self._values[: math.ceil(share * layer.count)]
        draw = {"rain": _rain, "snow": _snow, "stars": _stars}[layer.look]
        draw(canvas, shown, t * self._seconds * layer.speed, self._unit)
        alpha = cv2.GaussianBlur(canvas, (0, 0), 0.7).astype(np.float32) / 255 * self._region
        return _over(frame, layer.color, alpha)


def _inside(
    region: Plane, values: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    rows, columns = np.nonzero(region > 0.5)
    if not len(rows):
        return values
    chosen = rng.integers(len(rows), size=len(values))
    height, width = region.shape
    return np.stack([(columns[chosen] + 0.5) / width, (rows[chosen] + 0.5) / height], axis=1)


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x * 2**_SUBPIXEL), round(y * 2**_SUBPIXEL)


def _rain(canvas: Picture, values: NDArray[np.float64], s: float, unit: float) -> None:
    height, width = canvas.shape[:2]
    for x0, y0, depth, _, _ in values:
        long = (14 + 22 * depth) * unit
        y = ((y0 + s * (1.6 + 1.2 * depth)) % 1.0) * (height + long) - long
        x = (x0 * 1.15 * width - 0.12 * y) % (1.1 * width)
        start, end = _at(x, y), _at(x - 0.12 * long, y + long)
        cv2.line(canvas, start, end, int(70 + 110 * depth), 1, cv2.LINE_AA, _SUBPIXEL)


def _snow(canvas: Picture, values: NDArray[np.float64], s: float, unit: float) -> None:
    height, width = canvas.shape[:2]
    for x0, y0, depth, phase, _ in values:
        radius = (0.8 + 2.4 * depth**2) * unit
        y = ((y0 + s * (0.12 + 0.22 * depth)) % 1.05) * height
        x = ((x0 + 0.02 * math.sin(2 * math.pi * (phase + 0.4 * s)) - 0.03 * s) % 1.02) * width
        radius_fixed = max(1, round(radius * 2**_SUBPIXEL))
        cv2.circle(canvas, _at(x, y), radius_fixed, 235, -1, cv2.LINE_AA, _SUBPIXEL)


def _stars(canvas: Picture, values: NDArray[np.float64], s: float, unit: float) -> None:
    height, width = canvas.shape[:2]
    for x, y, size, light, phase in values:
        radius = (0.5 + 1.1 * size**4) * unit
        twinkle = 0.85 + 0.15 * math.sin(2 * math.pi * (phase + 0.7 * s))
        grey = int((130 + 125 * light) * twinkle)
        radius_fixed = max(1, round(radius * 2**_SUBPIXEL))
        cv2.circle(
            canvas, _at(x * width, y * height), radius_fixed, grey, -1, cv2.LINE_AA, _SUBPIXEL
        )


class PlumeLayer:
    """Draws smoke or steam: soft puffs that rise, widen and thin out."""

    def __init__(
        self, layer: Plume, pictures: Pictures, rng: np.random.Generator, *, seconds: float
    ) -> None:
        self._layer, self._seconds = layer, seconds
        self._values = rng.random((_PUFFS, 4))
        self._region = pictures.mask(None)
        hiding = (layer.behind,) if isinstance(layer.behind, str) else layer.behind
        for name in hiding:
            self._region = self._region * (1 - pictures.mask(name, soften=1.0))
        self._small = (max(pictures.width // 2, 2), max(pictures.height // 2, 2))

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with the smoke of time `t`."""
        share = progress(self._layer, t)
        if share <= 0:
            return frame
        layer = self._layer
        width, height = self._small
        clear = np.ones((height, width), np.float32)
        life = 2.2  # seconds from the source to the top
        begun = max(t - layer.time[0], 0.0) * self._seconds
        for phase, side, wave, size in self._values:
            age = (phase + self._seconds * t / life) % 1.0
            if age * life > begun:
                continue
            x = layer.at[0] + layer.lean * age**1.5
            x += layer.width * (side - 0.5) * (0.25 + 0.75 * age)
            x += 0.12 * layer.width * age * math.sin(2 * math.pi * (wave + 1.5 * age))
            y = layer.at[1] - layer.height * age
            radius = layer.width * width * (0.12 + 0.3 * age) * (0.7 + 0.6 * size)
            thick = layer.density * 0.45 * smoothstep(age * 6) * (1 - age) ** 0.7 * share
            _puff(clear, x * width, y * height, max(radius, 1.0), thick)
        alpha = cv2.resize(1 - clear, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        return _over(frame, layer.color, alpha * self._region)


def _puff(clear: Plane, x: float, y: float, radius: float, thick: float) -> None:
    height, width = clear.shape
    left, right = max(int(x - 2.5 * radius), 0), min(int(x + 2.5 * radius) + 1, width)
    top, bottom = max(int(y - 2.5 * radius), 0), min(int(y + 2.5 * radius) + 1, height)
    if right <= left or bottom <= top:
        return
    across = np.exp(-(((np.arange(left, right, dtype=np.float32) - x) / radius) ** 2))
    down = np.exp(-(((np.arange(top, bottom, dtype=np.float32) - y) / radius) ** 2))
    clear[top:bottom, left:right] *= 1 - np.float32(thick) * down[:, None] * across[None]


class LightLayer:
    """Draws a glow."""

    def __init__(self, layer: Light, pictures: Pictures) -> None:
        self._layer = layer
        height, width = pictures.height, pictures.width
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        distance = np.hypot(x - layer.at[0] * width, y - layer.at[1] * height)
        glow = np.exp(-((distance / (layer.radius * width)) ** 2))
        glow = glow * pictures.mask(layer.mask, soften=1.5 if layer.mask else 0.0)
        self._glow = glow[..., None] * rgb(layer.color) / 255 * layer.strength

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with the light of time `t`."""
        share = progress(self._layer, t)
        if share <= 0:
            return frame
        lit = 255 - (255 - frame) * np.exp(-share * self._glow)
        return np.asarray(np.clip(lit + 0.5, 0, 255), dtype=np.uint8)
