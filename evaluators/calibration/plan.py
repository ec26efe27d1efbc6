"""What a judge is calibrated on, of the known-answer world."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evaluators.world import Background, Photograph, WorldSettings
from omiti2v.editions import Edition

WorldGround = Literal["drawn", "photographs"]
PHOTOGRAPHS = 24


@dataclass(frozen=True, kw_only=True)
class CalibrationPlan:
    """Size and number of the clips.

    Attributes:
        width, height: Pixels, even, at least 32.
        frames: Frames of a clip, at least 8.
        fps: Frames per second.
        scenes: Scenes on each kind of background; each is played in all eight ways.
        seed: Of the world.
        photographs: Backgrounds of the second kind; none to leave it out.

    Raises:
        ValueError: A value outside these ranges.
    """

    width: int = 832
    height: int = 480
    frames: int = 33
    fps: int = 16
    scenes: int = 30
    seed: int = 40_000_000
    photographs: tuple[Photograph, ...] = ()

    def __post_init__(self) -> None:
        if self.scenes < 2:
            raise ValueError(f"scenes: expected at least 2, got {self.scenes}")
        self.settings("drawn")

    @property
    def grounds(self) -> tuple[WorldGround, ...]:
        return ("drawn", "photographs") if self.photographs else ("drawn",)

    def settings(self, ground: WorldGround) -> WorldSettings:
        """The world's settings on one kind of background."""
        drawn: tuple[Background, ...] = ("plain", "gradient")
        return WorldSettings(
            width=self.width,
            height=self.height,
            frames=self.frames,
            fps=self.fps,
            backgrounds=drawn if ground == "drawn" else self.photographs,
        )


def pick_photographs(edition: Edition, *, count: int = PHOTOGRAPHS) -> tuple[Photograph, ...]:
    """Photographs of an edition, each image once, with license and attribution.

    Args:
        edition: With its images.
        count: How many at most; drawn at random, the same every time.
    """
    by_image = {
        edition.image_sha256[sample.id]: sample
        for sample in edition.samples
        if sample.image_type == "real" and sample.licence and sample.attribution
    }
    chosen: Sequence[str] = sorted(by_image)
    if len(chosen) > count:
        chosen = sorted(random.Random(0).sample(chosen, count))  # noqa: S311 (no secret)
    return tuple(
        Photograph(
            path=edition.image_path(by_image[digest]),
            licence=by_image[digest].licence or "",
            attribution=by_image[digest].attribution or "",
        )
        for digest in chosen
    )
