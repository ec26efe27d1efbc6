"""What each method does, as data: frozen, validated, with a JSON round trip. No torch."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Literal, Self, get_args

from omiti2v.errors import UserError

PIPELINE = "WanImageToVideoPipeline"
"""The pipeline on which `alg` and `dymos` work."""

Queries = Literal["generated", "all"]


@dataclass(frozen=True, kw_only=True)
class _Config:
    def to_json(self) -> str:
        """The config as one JSON object with sorted keys."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The config that `to_json` wrote.

        Raises:
            UserError: The text is not JSON, or not a valid config.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{cls.__name__}: expected JSON ({error})") from None
        if not isinstance(data, dict):
            raise UserError(f"{cls.__name__}: expected an object, got {type(data).__name__}")
        names = [field.name for field in dataclasses.fields(cls)]
        for name in data:
            if name not in names:
                raise UserError(f"{name}: no such setting; there are {', '.join(names)}")
        return cls(**data)

    def _check(self, name: str, low: float, high: float) -> None:
        value = getattr(self, name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and math.isfinite(value) and low < value <= high):
            raise UserError(
                f"{name}: expected a number above {low} and up to {high}, got {value!r}"
            )
        object.__setattr__(self, name, float(value))


@dataclass(frozen=True, kw_only=True)
class AlgConfig(_Config):
    """Adaptive Low-Pass Guidance (arXiv 2506.08456). The defaults are the paper's for Wan.

    Attributes:
        scale: To what the image latents are resized and back again, above 0 and up to 1; 0.4 is
            the paper's downsampling factor of 2.5.
        until: Share of the denoising steps, from the first, in which they are.

    Raises:
        UserError: A field is out of its bounds.
    """

    scale: float = 0.4
    until: float = 0.2

    def __post_init__(self) -> None:
        self._check("scale", 0, 1)
        self._check("until", 0, 1)


@dataclass(frozen=True, kw_only=True)
class DymosConfig(_Config):
    """DyMoS (arXiv 2605.19398). The defaults are those of its authors' script for Wan2.2.

    Attributes:
        strength: Subtracted from the logits of the first frame's keys (gamma in the paper), so that
            their weight falls to exp(-strength) of itself before the softmax normalizes; 0 changes
            nothing, less than 0 gives the first frame more weight.
        until: Share of the denoising steps, from the first, in which it is: 8 of 40.
        queries: `generated` for the tokens of all frames but the first, as the paper describes the
            method; `all` for those of the first frame too, as the authors' script has it.

    Raises:
        UserError: A field is out of its bounds.
    """

    strength: float = 0.6
    until: float = 0.2
    queries: Queries = "generated"

    def __post_init__(self) -> None:
        self._check("strength", -100, 100)
        self._check("until", 0, 1)
        if self.queries not in get_args(Queries):
            raise UserError(
                f"queries: expected one of {', '.join(get_args(Queries))}, got {self.queries!r}"
            )


@dataclass(frozen=True, kw_only=True)
class BlurConfig(_Config):
    """The blurred image of the AlignVid authors' pilot study.

    Attributes:
        radius: Of the Gaussian, in pixels.
        side: A picture whose shorter side is longer is first made that small, in pixels.

    Raises:
        UserError: A field is out of its bounds.
    """

    radius: float = 1.0
    side: float = 512.0

    def __post_init__(self) -> None:
        self._check("radius", 0, 1000)
        self._check("side", 0, 100_000)
