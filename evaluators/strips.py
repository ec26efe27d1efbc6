"""Small pictures for reports: a strip of a video's frames, and the reference image."""

from __future__ import annotations

import io

import cv2
import numpy as np
import PIL.Image

from evaluators.frames import FrameRule, Video, sample_frames
from evaluators.reference_images import Image

STRIP_HEIGHT = 96
STRIP_FRAMES = 6
_GAP = 3
_QUALITY = 78


def frame_strip(video: Video) -> bytes:
    """Six frames from the first to the last, side by side, as a JPEG file."""
    frames = sample_frames(video, FrameRule(count=STRIP_FRAMES)).frames
    small = [_to_height(frame, STRIP_HEIGHT) for frame in frames]
    gap = np.full((STRIP_HEIGHT, _GAP, 3), 255, dtype=np.uint8)
    parts = [part for frame in small for part in (frame, gap)][:-1]
    return _jpeg(np.concatenate(parts, axis=1))


def thumbnail(image: Image) -> bytes:
    """A reference image at the height of a strip, as a JPEG file."""
    return _jpeg(_to_height(image, STRIP_HEIGHT))


def _to_height(image: Image, height: int) -> Image:
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    interpolation = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_NEAREST
    resized: Image = cv2.resize(image, (width, height), interpolation=interpolation)
    return resized


def _jpeg(image: Image) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(image).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
