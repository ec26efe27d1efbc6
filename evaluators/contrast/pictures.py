"""The pictures of a clip: base image, masks, sprites, and what is behind a cut-out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evaluators.contrast.layers import Fill
from evaluators.contrast.motion import Plane
from omiti2v.dataset.image_files import load_rgb_image
from omiti2v.errors import UserError

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""
Cutout = NDArray[np.float32]
"""Premultiplied RGBA, shape (height, width, 4), colors 0 to 255, alpha 0 to 1."""

LONGEST_SIDE = 832
GROWN = 12
"""Pixels of the image by which a fill picture reaches beyond its mask."""


def frame_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the clips of an image: its own shape, both even, at most 832."""
    factor = min(1.0, LONGEST_SIDE / max(width, height))
    return 2 * max(1, round(width * factor / 2)), 2 * max(1, round(height * factor / 2))


def rgb(color: str) -> NDArray[np.float32]:
    """The three values of `#rrggbb`, 0 to 255."""
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float32)


class Pictures:
    """Reads, scales and keeps the pictures of one sample.

    Args:
        image: Its reference image.
        masks: Folder of its masks.
        sprites: Folder of all sprites.

    Raises:
        UserError: A file is missing, no image, or a mask of another shape than the image.
    """

    def __init__(self, image: Path, *, masks: Path, sprites: Path) -> None:
        whole = np.asarray(load_rgb_image(image))
        self._shape = whole.shape[:2]
        self.width, self.height = frame_size(whole.shape[1], whole.shape[0])
        self.base: Picture = cv2.resize(
            whole, (self.width, self.height), interpolation=cv2.INTER_AREA
        )
        self._masks, self._sprites = masks, sprites
        self._kept: dict[tuple[object, ...], NDArray[np.float32]] = {}

    def mask(self, name: str | None, *, soften: float = 0.0, grow: int = 0) -> Plane:
        """A mask, 0 to 1; everything where there is none.

        Args:
            name: Its file, with or without `.png`.
            soften: Feather in pixels.
            grow: Pixels by which it is made larger first.
        """
        if name is None:
            return np.ones((self.height, self.width), np.float32)
        key = ("mask", name, soften, grow)
        if key not in self._kept:
            self._kept[key] = self._read_mask(name, soften, grow)
        return self._kept[key]

    def mask_path(self, name: str) -> Path:
        """The file of a mask."""
        return self._masks / (name if name.endswith(".png") else f"{name}.png")

    def sprite_path(self, name: str) -> Path:
        """The file of a sprite."""
        return self._sprites / name

    def _read_mask(self, name: str, soften: float, grow: int) -> Plane:
        path = self.mask_path(name)
        found = np.asarray(load_rgb_image(path))[..., 0]
        if found.shape != self._shape:
            raise UserError(f"{path}: expected the image's shape {self._shape}, got {found.shape}")
        size = (self.width, self.height)
        plane = cv2.resize(found, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        if grow:
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1))
            plane = cv2.dilate(plane, kernel)
        found = cv2.GaussianBlur(plane, (0, 0), soften) if soften else plane
        return np.asarray(found, dtype=np.float32)

    def sprite(self, name: str) -> Cutout:
        """A sprite as its file has it, premultiplied."""
        key = ("sprite", name)
        if key not in self._kept:
            path = self.sprite_path(name)
            try:
                with Image.open(path) as picture:
                    values = np.asarray(picture.convert("RGBA"), dtype=np.float32)
            except (OSError, ValueError) as error:
                raise UserError(f"{path}: can't be read as an image: {error}") from None
            alpha = values[..., 3:] / 255
            self._kept[key] = np.concatenate([values[..., :3] * alpha, alpha], axis=2)
        return self._kept[key]

    def cover(self, name: str, width: int, height: int) -> Cutout:
        """A sprite scaled to cover a box, its middle kept."""
        picture = self.sprite(name)
        factor = max(width / picture.shape[1], height / picture.shape[0])
        size = (
            max(width, round(picture.shape[1] * factor)),
            max(height, round(picture.shape[0] * factor)),
        )
        area = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(picture, size, interpolation=area)
        left, top = (size[0] - width) // 2, (size[1] - height) // 2
        part = scaled[top : top + height, left : left + width]
        return np.asarray(np.clip(part, 0, [255, 255, 255, 1]), dtype=np.float32)

    def filled(self, mask: str, fill: Fill) -> NDArray[np.float32]:
        """The base image with a region filled by what may be behind it; RGB, 0 to 255."""
        key = ("filled", mask, fill)
        if key not in self._kept:
            region = self.mask(mask, grow=3)
            base = self.base.astype(np.float32)
            if fill == "inpaint":
                hole = (region > 0.02).astype(np.uint8) * 255
                self._kept[key] = cv2.inpaint(self.base, hole, 5, cv2.INPAINT_TELEA).astype(
                    np.float32
                )
            elif isinstance(fill, str):
                self._kept[key] = self._patched(base, mask, fill)
            else:
                self._kept[key] = clone(base, region, fill)
        return self._kept[key]

    def _patched(self, base: NDArray[np.float32], mask: str, fill: str) -> NDArray[np.float32]:
        found = np.asarray(load_rgb_image(self.mask_path(mask)))[..., 0]
        rows, columns = np.nonzero(found)
        height, width = found.shape
        top, bottom = max(rows.min() - GROWN, 0), min(rows.max() + 1 + GROWN, height)
        left, right = max(columns.min() - GROWN, 0), min(columns.max() + 1 + GROWN, width)
        patch = np.asarray(load_rgb_image(self._masks / fill))
        whole = cv2.resize(base, (width, height), interpolation=cv2.INTER_CUBIC)
        size = (int(right - left), int(bottom - top))
        whole[top:bottom, left:right] = cv2.resize(patch, size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(whole, (self.width, self.height), interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.float32)


def clone(base: NDArray[np.float32], region: Plane, shift: tuple[float, float]) -> Cutout:
    """Fills a region with the picture from a shift away, its light fitted to the region's rim.

    Args:
        base: RGB, 0 to 255.
        region: 0 to 1.
        shift: In frame widths and heights.
    """
    height, width = region.shape
    across, down = shift[0] * width, shift[1] * height
    matrix = np.array([[1, 0, -across], [0, 1, -down]], np.float32)
    source = cv2.warpAffine(base, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    hole = (region > 0.02).astype(np.float32)
    rim = cv2.dilate(hole, np.ones((9, 9), np.uint8)) - hole
    # The difference at the rim, carried inwards: nearer rims count more.
    total = np.zeros_like(base)
    weight = np.zeros_like(region)
    for sigma, trust in ((3, 1.0), (10, 1e-2), (30, 1e-4), (100, 1e-6)):
        near = cv2.GaussianBlur(rim, (0, 0), sigma)
        total += trust * cv2.GaussianBlur((base - source) * rim[..., None], (0, 0), sigma)
        weight += trust * near
    offset = total / np.maximum(weight, 1e-12)[..., None]
    soft = cv2.GaussianBlur(hole, (0, 0), 1.5)[..., None]
    soft = np.maximum(soft, hole[..., None])
    mixed = base * (1 - soft) + np.clip(source + offset, 0, 255) * soft
    return np.asarray(mixed, dtype=np.float32)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UserError(f"{path}: can't be read: {error.strerror}") from None
