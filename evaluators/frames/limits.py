"""How much of a machine one video file may use."""

from __future__ import annotations

from dataclasses import dataclass, fields

PART_BYTES = 8 << 20
"""Decoded frames come in parts of about that size: what fits into a processor's cache is copied
faster."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on a video file; one beyond any of them is refused.

    The defaults let 181 frames of 1280x720 (0.5 GB decoded) and 345 frames of 1920x1080 through.
    The frames take `max_decoded_bytes` at most, and the decoder's own pictures less than that at
    `max_pixels`, so that a machine with 16 GB is safe.

    Attributes:
        max_file_bytes: Size of the file in bytes.
        max_pixels: Width times height of a frame.
        max_frames: Number of frames.
        max_decoded_bytes: Size in bytes of all frames together, as RGB.
        max_seconds: Time from the first frame to the last.
        max_decode_seconds: Processor time spent on reading and decoding the file. The costliest of
            ordinary files that the other bounds let through, 190 frames of noisy 1920x1080 in ffv1,
            take a third of the default on a machine of two busy cores.

    Raises:
        ValueError: A limit is not positive.
    """

    max_file_bytes: int = 512 << 20
    max_pixels: int = 4096 * 2304
    max_frames: int = 3600
    max_decoded_bytes: int = 2 << 30
    max_seconds: float = 120.0
    max_decode_seconds: float = 120.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ValueError(f"Limits: {field.name}: expected a positive number, got {value!r}")


DEFAULT_LIMITS = Limits()
