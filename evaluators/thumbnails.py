"""Small pictures for reports: a strip of a video's frames, and the reference image."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image

from evaluators.frames import FrameRule, Video, sample_frames
from evaluators.frames.resizing import resize
from evaluators.reference_images import Image

STRIP_HEIGHT = 96
STRIP_FRAMES = 6
_GAP = 3
_QUALITY = 78
_MAX_WIDTH = 4 * STRIP_HEIGHT


def frame_strip(video: Video) -> bytes:
    """Six frames from the first to the last, side by side, as a JPEG file."""
    frames = sample_frames(video, FrameRule(count=STRIP_FRAMES)).frames
    small = [_at_strip_height(frame) for frame in frames]
    gap = np.full((STRIP_HEIGHT, _GAP, 3), 255, dtype=np.uint8)
    parts = [part for frame in small for part in (frame, gap)][:-1]
    return _jpeg(np.concatenate(parts, axis=1))


def thumbnail(image: Image) -> bytes:
    """A reference image at the height of a strip, as a JPEG file."""
    return _jpeg(_at_strip_height(image))


def _at_strip_height(image: Image) -> Image:
    # A very wide picture at a fixed height would be a very large one.
    width = round(image.shape[1] * STRIP_HEIGHT / image.shape[0])
    return resize(image, min(max(width, 1), _MAX_WIDTH), STRIP_HEIGHT)


def _jpeg(image: Image) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
