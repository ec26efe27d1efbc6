"""Draws changes of a region: recolored, graded, erased, replaced, in another style."""

from __future__ import annotations

import numpy as np

from evaluators.contrast.colors import Colors, graded, recolored, textured
from evaluators.contrast.layers import Erase, Grade, Recolor, Replace, Style
from evaluators.contrast.motion import Plane, progress, reached, spread_field
from evaluators.contrast.pictures import Picture, Pictures
from evaluators.contrast.styles import STYLES

Changing = Erase | Recolor | Grade | Style | Replace


class RegionLayer:
    """Draws one change of a region on frames.

    Args:
        layer: The change.
        pictures: Of its sample.
    """

    def __init__(self, layer: Changing, pictures: Pictures) -> None:
        self._layer, self._pictures = layer, pictures
        grow = 2 if isinstance(layer, Erase) else 0
        soften = 0.0 if layer.mask is None else layer.soften
        self._region = pictures.mask(layer.mask, soften=soften, grow=grow)
        self._field = spread_field(self._region, layer.spread)
        self._seen: tuple[Picture, Colors] | None = None

    def draw(self, frame: Picture, t: float) -> Picture:
        """The frame with as much of the change as is done at `t`."""
        share = progress(self._layer, t)
        if share <= 0:
            return frame
        if self._seen is None or self._seen[0] is not frame:
            self._seen = (frame, self._changed(frame))
        alpha = reached(self._region, self._field, share, self._layer.soft)[..., None]
        mixed = frame * (1 - alpha) + self._seen[1] * alpha
        return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)

    def _changed(self, frame: Picture) -> Colors:
        layer, region = self._layer, self._region
        if isinstance(layer, Erase):
            return self._pictures.filled(_mask_of(layer), layer.fill)
        if isinstance(layer, Replace):
            return self._replaced(frame, layer, region)
        values = frame.astype(np.float32)
        if isinstance(layer, Grade):
            return graded(values, layer)
        if isinstance(layer, Style):
            return STYLES[layer.look](frame).astype(np.float32)
        found = recolored(values, region, layer.color, contrast=layer.contrast)
        if layer.texture is not None:
            size = (self._pictures.width, self._pictures.height)
            grain = self._pictures.cover(layer.texture, *size)[..., :3]
            found = textured(found, grain, region)
        return values * (1 - layer.strength) + found * layer.strength

    def _replaced(self, frame: Picture, layer: Replace, region: Plane) -> Colors:
        rows, columns = np.nonzero(region > 0.02)
        top, bottom = int(rows.min()), int(rows.max()) + 1
        left, right = int(columns.min()), int(columns.max()) + 1
        picture = self._pictures.cover(layer.picture, right - left, bottom - top)
        if layer.mirror:
            picture = picture[:, ::-1]
        found = frame.astype(np.float32)
        part = found[top:bottom, left:right]
        found[top:bottom, left:right] = part * (1 - picture[..., 3:]) + picture[..., :3]
        return found


def _mask_of(layer: Erase) -> str:
    if layer.mask is None:
        raise ValueError("an erase layer needs a mask")
    return layer.mask
