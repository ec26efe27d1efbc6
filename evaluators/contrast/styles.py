"""A picture as a painting, a drawing: classical filters."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.contrast.layers import Look

Picture = NDArray[np.uint8]

_LUMA = np.array([0.3, 0.6, 0.1], np.float32)
_RIDGE = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float32)


def oil(picture: Picture) -> Picture:
    """Kuwahara's filter (1976): each pixel takes the mean of the evenest quadrant about it."""
    radius = 5
    values = picture.astype(np.float32)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = (radius + 1, radius + 1)
    means, spreads = [], []
    for anchor in ((0, 0), (radius, 0), (0, radius), (radius, radius)):
        means.append(cv2.boxFilter(values, -1, size, anchor=anchor))
        mean = cv2.boxFilter(grey, -1, size, anchor=anchor)
        spreads.append(cv2.boxFilter(grey * grey, -1, size, anchor=anchor) - mean * mean)
    best = np.argmin(np.stack(spreads), axis=0)
    found = np.take_along_axis(np.stack(means), best[None, ..., None], axis=0)[0]
    # The ridges of thick paint.
    light = cv2.filter2D(found @ _LUMA, -1, _RIDGE)
    mean_light = (found - 128) * 1.1 + 132 + 0.35 * light[..., None]
    return _bytes(mean_light)


def watercolor(picture: Picture) -> Picture:
    """Flat washes on paper."""
    wash = cv2.stylization(picture, sigma_s=50, sigma_r=0.5).astype(np.float32)
    wash = cv2.medianBlur(np.clip(wash, 0, 255).astype(np.uint8), 7).astype(np.float32)
    paper = np.array([250, 246, 236], np.float32) + _paper(picture.shape[:2], 6)[..., None]
    return _bytes(wash * 0.72 + paper * 0.28 + 6)


def pencil(picture: Picture) -> Picture:
    """Grey strokes on white: the picture divided by its blurred self."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    lines = np.clip(grey / np.maximum(cv2.GaussianBlur(grey, (0, 0), 7), 1), 0, 1)
    tone = 0.8 + 0.2 * cv2.GaussianBlur(grey, (0, 0), 1) / 255
    drawn = 245 * lines**1.6 * tone + _paper(grey.shape, 5)
    return _grey(drawn)


def charcoal(picture: Picture) -> Picture:
    """Dark smudges on grained paper."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    even = cv2.createCLAHE(2.0, (8, 8)).apply(cv2.GaussianBlur(grey, (0, 0), 1.6).astype(np.uint8))
    lines = np.clip(grey / np.maximum(cv2.GaussianBlur(grey, (0, 0), 12), 1), 0, 1) ** 2.5
    grain = _paper(grey.shape, 26)
    return _grey((even.astype(np.float32) * 0.62 + 60) * lines + grain)


def pen(picture: Picture) -> Picture:
    """Black lines and hatching on white paper."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    y, x = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    hatch = ((x + y) % 5 == 0) & (grey < 90) | ((x - y) % 5 == 0) & (grey < 50)
    ink = (_outlines(picture, 7, 5) > 0) | hatch
    drawn = np.where(ink, 20.0, 250.0).astype(np.float32)
    return _grey(cv2.GaussianBlur(drawn, (0, 0), 0.6))


STYLES: dict[Look, Callable[[Picture], Picture]] = {
    "oil": oil,
    "watercolor": watercolor,
    "pencil": pencil,
    "charcoal": charcoal,
    "pen": pen,
}


def _outlines(picture: Picture, block: int, offset: int) -> Picture:
    grey = cv2.medianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), 5)
    kind = cv2.ADAPTIVE_THRESH_MEAN_C
    return np.asarray(
        cv2.adaptiveThreshold(grey, 255, kind, cv2.THRESH_BINARY_INV, block, offset), np.uint8
    )


def _paper(shape: tuple[int, ...], strength: float) -> NDArray[np.float32]:
    noise = np.random.default_rng(1).standard_normal(shape[:2]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.8) * strength, dtype=np.float32)


def _bytes(values: NDArray[np.float32]) -> Picture:
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)


def _grey(values: NDArray[np.float32]) -> Picture:
    return np.repeat(np.clip(values, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
