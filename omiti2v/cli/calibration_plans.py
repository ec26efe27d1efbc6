"""What `omiti2v calibrate` is asked to measure a judge on, from its options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from evaluators.calibration import CalibrationPlan, ContrastPlan

KnownSet = Literal["world", "contrast", "both"]


def check_set(known: KnownSet, *, world: dict[str, object], limit: int | None) -> None:
    """See to it that options go with the set of clips.

    Args:
        known: The set.
        world: The options of the known-answer world, by name; None where not given.
        limit: The option of the contrast set.

    Raises:
        BadParameter: One does not.
    """
    if known == "contrast":
        for name, value in world.items():
            if value is not None:
                raise typer.BadParameter(f"{name} goes with --set world or both, not contrast")
    if known == "world" and limit is not None:
        raise typer.BadParameter("--limit goes with --set contrast or both, not world")


def world_plan(
    *,
    size: str | None,
    clip_frames: int | None,
    clip_fps: int | None,
    scenes: int | None,
    seed: int | None,
    photographs: bool | None,
) -> CalibrationPlan:
    """Which clips of the known-answer world; what is None is the plan's own.

    Raises:
        BadParameter: The size is none.
        UserError: No clip can have it.
    """
    from evaluators.calibration import CalibrationPlan
    from evaluators.calibration.plan import pick_photographs
    from omiti2v import load_edition
    from omiti2v.errors import UserError

    given: dict[str, int | None] = {
        "frames": clip_frames,
        "fps": clip_fps,
        "scenes": scenes,
        "seed": seed,
    }
    if size is not None:
        given["width"], given["height"] = _size(size)
    grounds = () if photographs is False else pick_photographs(load_edition())
    known = {name: value for name, value in given.items() if value is not None}
    try:
        return CalibrationPlan(**known, photographs=grounds)
    except ValueError as error:
        raise UserError(f"--size {size}: {error}") from None


def contrast_plan(limit: int | None) -> ContrastPlan:
    """Which clips of the contrast set: all, or those of so many samples.

    Raises:
        UserError: The set can't be read.
    """
    from evaluators.calibration import ContrastPlan
    from evaluators.contrast.contrast_set import load_contrast

    found = load_contrast()
    return ContrastPlan(found, found.samples if limit is None else found.stratified(limit))


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found:
        raise typer.BadParameter(f"--size: expected WIDTHxHEIGHT, e.g. 832x480, got {text!r}")
    return int(found[1]), int(found[2])
