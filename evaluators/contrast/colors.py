"""Colors of pictures changed, light and shade kept."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.contrast.layers import Grade
from evaluators.contrast.motion import Plane
from evaluators.contrast.pictures import rgb

Colors = NDArray[np.float32]
"""RGB, shape (height, width, 3), 0 to 255."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def recolored(picture: Colors, weight: Plane, color: str, *, contrast: float = 1.0) -> Colors:
    """The picture with another mean color, its differences of light kept.

    Args:
        picture: Any.
        weight: Which pixels the mean is of.
        color: Of the mean afterwards.
        contrast: Times the differences of light.
    """
    lab = cv2.cvtColor(picture / np.float32(255), cv2.COLOR_RGB2LAB)
    target = cv2.cvtColor(rgb(color)[None, None] / np.float32(255), cv2.COLOR_RGB2LAB)[0, 0]
    total = max(float(weight.sum()), 1e-6)
    mean = (lab * weight[..., None]).sum(axis=(0, 1)) / total
    light = target[0] + (lab[..., 0] - mean[0]) * contrast
    # Highlights keep their own color, shadows lose theirs.
    chroma = np.clip(light / max(float(target[0]), 1.0), 0, 1)
    chroma *= np.clip((112 - light) / 30, 0, 1)
    lab = np.dstack(
        [
            np.clip(light, 0, 100),
            target[1] * chroma + 0.12 * (lab[..., 1] - mean[1]),
            target[2] * chroma + 0.12 * (lab[..., 2] - mean[2]),
        ]
    ).astype(np.float32)
    found = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255)
    return np.asarray(found, dtype=np.float32)


def textured(picture: Colors, texture: Colors, weight: Plane) -> Colors:
    """The picture with the grain of a texture: its light times the texture's, relative to its mean.

    Args:
        picture: RGB.
        texture: RGB of the same shape.
        weight: Which pixels the texture's mean is of.
    """
    light = texture @ _LUMA
    mean = float((light * weight).sum() / max(float(weight.sum()), 1e-6))
    return np.clip(picture * (light / max(mean, 1.0))[..., None], 0, 255).astype(np.float32)


def graded(picture: Colors, grade: Grade) -> Colors:
    """Brightness, contrast about the mean, saturation and tint, in this order."""
    found = picture * grade.brightness
    mean = float((found @ _LUMA).mean())
    found = (found - mean) * grade.contrast + mean
    luma = (found @ _LUMA)[..., None]
    found = luma + (found - luma) * grade.saturation
    if grade.tint is not None:
        tint = rgb(grade.tint)
        tinted = luma * tint / max(float(tint @ _LUMA), 1.0)
        found = found * (1 - grade.tint_strength) + tinted * grade.tint_strength
    return np.asarray(np.clip(found, 0, 255), dtype=np.float32)


def fitted(
    picture: Colors, *, brightness: float, contrast: float, warmth: float, weight: Plane
) -> Colors:
    """A cut-out fitted to a scene's light."""
    found = picture * brightness
    if contrast != 1:
        total = max(float(weight.sum()), 1e-6)
        mean = (found * weight[..., None]).sum(axis=(0, 1)) / total
        found = (found - mean) * contrast + mean
    found = found * np.array([1 + 0.25 * warmth, 1, 1 - 0.25 * warmth], np.float32)
    return np.asarray(np.clip(found, 0, 255), dtype=np.float32)
