"""Does a video start from its reference image? Zero-mean correlation of small pictures.

Video models resize, crop and pad the reference image in their own ways, so a first frame is matched
under each of these: squeezed to the frame's shape, cropped to it at any position and several zooms,
or padded with bars.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluators.frames import Frames
from evaluators.frames.resizing import rescale, resize
from evaluators.reference_images import Image, load_image

LONG_SIDE = 64
SCREEN_SIDE = 24
ZOOMS = (1.0, 1.12, 1.25, 1.4, 1.6)
SCREENED = 4
BAR_LEVELS = 12
MIN_SIDE = 8
CORNER = 0.8
# What is kept of an edition's images, however many samples share them:
# the screens of a shape of video take 20 KB an image, a thumbnail about 27 KB.
_SHAPES_KEPT = 2
_THUMBNAILS_KEPT = 400
_BLOCK = 256  # images whose screens are widened for a product at once

# Measured on the reference images: see tests/evaluators/test_first_frame.py.
CLEARLY_BETTER = 0.1
GOOD_MATCH = 0.8
POOR_MATCH = 0.5
SAME_IMAGE = 0.95


def first_frame_agreement(frame: Frames, reference: Image) -> float:
    """How well a frame agrees with a reference image, whatever the resizing, cropping or padding.

    The normalised cross-correlation coefficient of the two pictures at 64 pixels on the frame's
    long side, the best over the ways to lay one on the other.

    Args:
        frame: RGB, shape (height, width, 3), uint8.
        reference: RGB, shape (height, width, 3), uint8.

    Returns:
        In [-1, 1]: 1 for the same picture, about 0 for unrelated ones or where either is one flat
        colour.
    """
    return max(_agreements(frame, reference))


@dataclass(frozen=True)
class FirstFrameMatch:
    """What a first frame looks most like.

    Attributes:
        own: Agreement with the sample's own reference image; above 0.9 it may be higher still.
        other: Index of the reference image that agrees best among those that show another picture;
            None where there is none.
        other_agreement: Its agreement, in [-1, 1]; -1 where there is none.
    """

    own: float
    other: int | None
    other_agreement: float

    @property
    def is_swapped(self) -> bool:
        """Another sample's reference image fits, and clearly better than its own."""
        return (
            self.other_agreement >= GOOD_MATCH and self.other_agreement - self.own >= CLEARLY_BETTER
        )

    @property
    def is_poor(self) -> bool:
        """The frame looks little like its own reference image."""
        return self.own < POOR_MATCH


class FirstFrameMatcher:
    """Compares first frames with all the reference images of an edition; from any thread.

    Args:
        references: RGB images or their files, by position. All files are read when a frame is not
            clearly its own reference image's, each once, however many positions share it; with more
            than 400 files, once for each new shape of frame.
    """

    def __init__(self, references: Sequence[Image | Path]) -> None:
        # Samples may share an image: what is compared are distinct ones.
        keys = [one if isinstance(one, Path) else at for at, one in enumerate(references)]
        first = {key: position for position, key in reversed(list(enumerate(keys)))}
        self._first_with = sorted(first.values())
        number_at = {position: number for number, position in enumerate(self._first_with)}
        self._number_of = [number_at[first[key]] for key in keys]
        self._originals = [references[position] for position in self._first_with]
        self._thumbnail = lru_cache(maxsize=_THUMBNAILS_KEPT)(self._read_thumbnail)
        self._screens_of = lru_cache(maxsize=_SHAPES_KEPT)(self._screens)
        # Without it, each of several threads would make the screens of a new shape for itself.
        self._one_at_a_time = threading.Lock()

    def match(self, frame: Frames, own: int) -> FirstFrameMatch:
        """Match a first frame.

        Args:
            frame: RGB, shape (height, width, 3), uint8.
            own: Index of the reference image that it should agree with.

        Raises:
            UserError: The file of a reference image can't be read.
        """
        mine = self._number_of[own]
        own_agreement = -1.0
        for agreement in _agreements(frame, self._thumbnail(mine)):
            own_agreement = max(own_agreement, agreement)
            if own_agreement > 1 - CLEARLY_BETTER:
                # Nothing can be clearly better.
                return FirstFrameMatch(own_agreement, None, -1.0)
        best, best_agreement = None, -1.0
        for candidate in self._candidates(frame):
            if candidate == mine or self._same_picture(mine, candidate):
                continue
            agreement = first_frame_agreement(frame, self._thumbnail(candidate))
            if agreement > best_agreement:
                best, best_agreement = self._first_with[candidate], agreement
        return FirstFrameMatch(own_agreement, best, best_agreement)

    def _same_picture(self, one: int, other: int) -> bool:
        """Whether two files hold the same picture."""
        images = self._thumbnail(one), self._thumbnail(other)
        return first_frame_agreement(images[0], images[1]) >= SAME_IMAGE

    def _candidates(self, frame: Frames) -> list[int]:
        """The distinct images most like the frame at a coarse look, best first."""
        agreement = np.full(len(self._originals), -1.0, dtype=np.float32)
        for view in _views_of_frame(frame):
            # Coarse, so that odd shapes share their screens.
            aspect = round(view.shape[1] / view.shape[0], 1) or 0.1
            with self._one_at_a_time:
                screens = self._screens_of(aspect)
            vector = _screen(view)
            for start in range(0, len(screens), _BLOCK):
                part = slice(start, start + _BLOCK)
                products = screens[part].astype(np.float32) @ vector
                agreement[part] = np.maximum(agreement[part], products.max(axis=1))
        return [int(index) for index in np.argsort(-agreement)[: SCREENED + 1]]

    def _read_thumbnail(self, number: int) -> Image:
        original = self._originals[number]
        image = load_image(original) if isinstance(original, Path) else original
        # Twice the size at which frames are matched, so that the zooms still have detail.
        return rescale(image, 2 * LONG_SIDE / max(image.shape[:2]))

    def _screens(self, aspect: float) -> NDArray[np.float16]:
        """Likely crops of every distinct image, shape (images, crops, values)."""
        return np.stack(
            [
                np.array(
                    [_screen(crop) for crop in _likely_crops(self._thumbnail(number), aspect)],
                    dtype=np.float16,
                )
                for number in range(len(self._originals))
            ]
        )


def _views_of_frame(frame: Frames) -> list[Image]:
    """The frame at matching size, and without its bars where it has some."""
    small = rescale(frame, LONG_SIDE / max(frame.shape[:2]))
    trimmed = _without_bars(small)
    return [small] if trimmed.shape == small.shape else [small, trimmed]


def _agreements(frame: Frames, reference: Image) -> Iterator[float]:
    """One for each way to lay one picture on the other."""
    for view in _views_of_frame(frame):
        height, width = view.shape[:2]
        yield _correlation(view, resize(reference, width, height))
        cover = max(width / reference.shape[1], height / reference.shape[0])
        for zoom in ZOOMS:
            yield _correlation(rescale(reference, cover * zoom), view)


def _without_bars(image: Image) -> Image:
    """The picture without rows and columns of one flat colour at its edges."""
    rows = np.flatnonzero(np.ptp(image, axis=1).max(axis=1) > BAR_LEVELS)
    columns = np.flatnonzero(np.ptp(image, axis=0).max(axis=1) > BAR_LEVELS)
    if len(rows) < MIN_SIDE or len(columns) < MIN_SIDE:
        return image
    return np.ascontiguousarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _likely_crops(image: Image, aspect: float) -> list[Image]:
    """The whole image, its centre at that shape, and the corners of that."""
    centre = _centre_crop(image, aspect)
    height, width = centre.shape[:2]
    h, w = max(1, round(height * CORNER)), max(1, round(width * CORNER))
    corners = [centre[y : y + h, x : x + w] for y in (0, height - h) for x in (0, width - w)]
    return [image, centre, *corners]


def _centre_crop(image: Image, aspect: float) -> Image:
    height, width = image.shape[:2]
    new_width = min(width, max(1, round(height * aspect)))
    new_height = min(height, max(1, round(width / aspect)))
    top, left = (height - new_height) // 2, (width - new_width) // 2
    return image[top : top + new_height, left : left + new_width]


def _correlation(picture: Image, part: Image) -> float:
    """The best zero-mean correlation of `part` at any place in `picture`."""
    height = min(picture.shape[0], part.shape[0])
    width = min(picture.shape[1], part.shape[1])
    # Rounding may have made the part a pixel larger than the picture.
    part = part[:height, :width]
    if _deviation(part) < 1 or _deviation(picture) < 1:
        return 0.0
    result = cv2.matchTemplate(picture, part, cv2.TM_CCOEFF_NORMED)
    # OpenCV gives infinities where a window of the picture is flat.
    known = result[np.isfinite(result) & (np.abs(result) <= 1.01)]
    return float(np.clip(known.max(), -1.0, 1.0)) if known.size else 0.0


def _deviation(image: Image) -> float:
    return float(cv2.meanStdDev(image.reshape(-1))[1].item())


def _screen(image: Image) -> NDArray[np.float32]:
    """A picture as a vector of length 1 with mean 0, for comparing many at once."""
    small = resize(image, SCREEN_SIDE, SCREEN_SIDE).astype(np.float32)
    small -= small.mean(axis=(0, 1))
    vector = small.ravel()
    norm = float(np.linalg.norm(vector))
    unit: NDArray[np.float32] = vector / norm if norm else vector
    return unit
