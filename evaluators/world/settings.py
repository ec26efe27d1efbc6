"""What can be set about a rendered world."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

MIN_SIDE = 32
MIN_FRAMES = 8


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A background photograph, with what its license obliges to.

    Attributes:
        path: An image file that OpenCV reads.
        licence: SPDX name of its license; it becomes the license of the samples drawn on it.
        attribution: Whom to name.
    """

    path: Path
    licence: str
    attribution: str


Background = Literal["plain", "gradient"] | Photograph


@dataclass(frozen=True, kw_only=True)
class Nuisances:
    """What varies in a video without changing any answer.

    Attributes:
        motion: Amplitude of the objects' idle bobbing, in shorter sides of the frame; 0 to 0.02.
        blur: Standard deviation of a Gaussian blur, in shorter sides; 0 is sharp.
        noise: Standard deviation of the noise of each pixel, in levels of 255.
        brightness: Factor on every pixel.
        speed: Factor on the speed of the edit and of the bobbing. A slow edit is still finished
            after three quarters of the video.
        crf: H.264 quality of the file, 0 (best) to 51.

    Raises:
        ValueError: A value outside these ranges.
    """

    motion: float = 0.008
    blur: float = 0.0
    noise: float = 0.0
    brightness: float = 1.0
    speed: float = 1.0
    crf: int = 18

    def __post_init__(self) -> None:
        ranges = {
            "motion": (0.0, 0.02),
            "blur": (0.0, 0.05),
            "noise": (0.0, 128.0),
            "brightness": (0.1, 2.0),
            "speed": (0.25, 4.0),
            "crf": (0, 51),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"Nuisances: {name}: expected {low} to {high}, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class WorldSettings:
    """Size, length and looks of a world.

    Attributes:
        width: Pixels, even, at least 32.
        height: Pixels, even, at least 32.
        frames: Frames of a video, at least 8.
        fps: Frames per second.
        backgrounds: Each scene takes one of these.
        nuisances: As rendered where no others are asked for.

    Raises:
        ValueError: A value outside these ranges.
    """

    width: int = 64
    height: int = 64
    frames: int = 8
    fps: int = 8
    backgrounds: tuple[Background, ...] = ("plain",)
    nuisances: Nuisances = field(default_factory=Nuisances)

    def __post_init__(self) -> None:
        for name, fine, expected in (
            ("width", _is_side(self.width), f"an even number from {MIN_SIDE}"),
            ("height", _is_side(self.height), f"an even number from {MIN_SIDE}"),
            ("frames", self.frames >= MIN_FRAMES, f"at least {MIN_FRAMES}"),
            ("fps", self.fps >= 1, "at least 1"),
            ("backgrounds", bool(self.backgrounds), "at least one"),
        ):
            if not fine:
                got = getattr(self, name)
                raise ValueError(f"WorldSettings: {name}: expected {expected}, got {got!r}")


def _is_side(pixels: int) -> bool:
    return pixels >= MIN_SIDE and pixels % 2 == 0
