"""The background of a scene: plain, a gradient, or a photograph."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.world.scene import Stage
from evaluators.world.settings import Photograph
from omiti2v.errors import UserError

MAX_PHOTOGRAPH_PIXELS = 64_000_000
# Greys that every colour of an object stands out against.
DARKEST, LIGHTEST, TINT = 70, 140, 12
# How much of its own contrast a photograph keeps, so that objects stay the most striking thing.
CONTRAST = 0.6


def paint_backdrop(stage: Stage) -> NDArray[np.uint8]:
    """The scene's background, RGB, shape (height, width, 3).

    Raises:
        UserError: The photograph can't be read.
    """
    height, width = stage.settings.height, stage.settings.width
    if isinstance(stage.background, Photograph):
        return _fit(stage.background.path, height, width)
    rng = np.random.default_rng([stage.seed, stage.index, 300])
    one, other = (_draw_grey(rng) for _ in range(2))
    if stage.background == "plain":
        other = one
    angle = rng.uniform(0, 2 * np.pi)
    across = np.linspace(-0.5, 0.5, width)[None, :] * np.cos(angle)
    down = np.linspace(-0.5, 0.5, height)[:, None] * np.sin(angle)
    share = np.clip(0.5 + (across + down) / 1.4, 0, 1)[..., None]
    return np.asarray(np.round(one + (other - one) * share), dtype=np.uint8)


def _draw_grey(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.uniform(DARKEST, LIGHTEST) + rng.uniform(-TINT, TINT, 3)


def _fit(path: Path, height: int, width: int) -> NDArray[np.uint8]:
    photograph = _read(path)
    tall, wide = photograph.shape[:2]
    scale = max(height / tall, width / wide)
    rows, columns = round(height / scale), round(width / scale)
    top, left = (tall - rows) // 2, (wide - columns) // 2
    cut = photograph[top : top + rows, left : left + columns]
    small = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = small.mean(axis=2, keepdims=True)
    return np.asarray(np.round(105 + (0.5 * small + 0.5 * grey - 105) * CONTRAST), dtype=np.uint8)


@lru_cache(maxsize=8)
def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise UserError(f"{path}: expected a background photograph, can't be read as an image")
    if picture.shape[0] * picture.shape[1] > MAX_PHOTOGRAPH_PIXELS:
        raise UserError(
            f"{path}: expected at most {MAX_PHOTOGRAPH_PIXELS} pixels, got "
            f"{picture.shape[1]}x{picture.shape[0]}; scale it down"
        )
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
