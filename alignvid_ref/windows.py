"""At which denoising steps AlignVid acts (the paper's step-level guidance schedule). No torch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from omiti2v.errors import UserError


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@dataclass(frozen=True)
class TimestepWindow:
    """On while `low < t <= high`, where t runs from 1000 (noise) to 0 (video).

    The default is the authors' early stage: t > 900, strictly. How many steps that is depends on
    the flow shift s of the scheduler: a share 1 - 0.9 / (s - 0.9 (s - 1)) of them.

    Attributes:
        low: Exclusive lower bound, 0 to 1000.
        high: Inclusive upper bound, 0 to 1000; None for no bound.
    """

    low: float = 900.0
    high: float | None = None

    def __post_init__(self) -> None:
        bounds = [self.low] if self.high is None else [self.low, self.high]
        if not all(_is_number(bound) and 0 <= bound <= 1000 for bound in bounds):
            raise UserError(
                f"window: expected timestep bounds between 0 and 1000, got low={self.low!r}, "
                f"high={self.high!r}"
            )
        if self.high is not None and self.low >= self.high:
            raise UserError(
                f"window: low must be under high, got {self.low} and {self.high}; no step is on"
            )

    def contains(self, timestep: float) -> bool:
        """Whether a step at `timestep` (1000 to 0) is on."""
        return timestep > self.low and (self.high is None or timestep <= self.high)


@dataclass(frozen=True)
class FractionWindow:
    """On for the steps i of n with `start <= i / n < end`, counted from 0 at the noisy end.

    The stages of the paper are early (0, 0.3), middle (0.35, 0.65) and late (0.7, 1). FramePack
    counts anew in each section, because each section has its own noise and its own steps.

    Attributes:
        start: Inclusive start, 0 to 1.
        end: Exclusive end, above `start`, up to 1 (which takes in the last step).
    """

    start: float = 0.0
    end: float = 0.3

    def __post_init__(self) -> None:
        if not (
            _is_number(self.start) and _is_number(self.end) and 0 <= self.start < self.end <= 1
        ):
            raise UserError(
                "window: expected fractions with 0 <= start < end <= 1, got "
                f"start={self.start!r}, end={self.end!r}"
            )

    def contains(self, index: int, count: int) -> bool:
        """Whether step `index` of `count` steps is on."""
        return self.start <= index / count < self.end


Window = TimestepWindow | FractionWindow

_KINDS: dict[str, type[TimestepWindow] | type[FractionWindow]] = {
    "timestep": TimestepWindow,
    "fraction": FractionWindow,
}


def window_to_dict(window: Window) -> dict[str, Any]:
    """The window as JSON-ready data, with its kind: {"kind": "timestep", "low": 900.0, ...}."""
    kind = "timestep" if isinstance(window, TimestepWindow) else "fraction"
    return {"kind": kind, **asdict(window)}


def window_from_dict(data: Any) -> Window:
    """The inverse of `window_to_dict`.

    Raises:
        UserError: The data does not describe a window.
    """
    if not isinstance(data, dict) or data.get("kind") not in _KINDS:
        raise UserError(
            f'window: expected an object with "kind" {" or ".join(map(repr, _KINDS))}, got {data!r}'
        )
    values = {key: value for key, value in data.items() if key != "kind"}
    try:
        return _KINDS[data["kind"]](**values)
    except TypeError:
        raise UserError(
            f"window: unknown field among {sorted(values)}; a timestep window has low and high, "
            "a fraction window start and end"
        ) from None
