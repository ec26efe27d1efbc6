"""The second run: other methods at one guidance scale, AlignVid on top of each, and fewer steps."""

from __future__ import annotations

from dataclasses import replace

from alignvid_ref.baselines import AlgConfig, DymosConfig
from alignvid_ref.baselines.guidance import GuidanceConfig
from lab.tiny_wan.experiment.settings import (
    BASELINE,
    BLUR,
    GUIDED,
    STEPS,
    Setting,
    default_config,
)

SCALE = 2.0
STEP_COUNTS = (STEPS, 8, 4)
ON_TOP = "gamma-1.35"

UNGUIDED = [
    Setting(BASELINE, "the model alone"),
    Setting(BLUR, "the model on a blurred image", blurred=True),
    Setting("dymos", "DyMoS", method=DymosConfig()),
]
_AT_SCALE = [
    Setting(GUIDED, "plain guidance"),
    Setting("apg-2", "APG", method=GuidanceConfig(kind="apg", scale=SCALE)),
    Setting(
        "cfg-zero-star-2", "CFG-Zero*", method=GuidanceConfig(kind="cfg-zero-star", scale=SCALE)
    ),
    Setting("alg-2", "ALG", method=AlgConfig()),
    Setting("dymos-2", "DyMoS", method=DymosConfig()),
    Setting("blur-2", "blurred image", blurred=True),
]
AT_SCALE = [
    replace(one, guidance_scale=SCALE, against=BASELINE if one.name == GUIDED else GUIDED)
    for one in _AT_SCALE
]
"""Each method at guidance 2, against plain guidance, and that against none."""


def name_of(method: str, *, steps: int = STEPS, on_top: bool = False) -> str:
    """The name of a setting.

    Args:
        method: Name of one of `UNGUIDED` or `AT_SCALE`.
        steps: Of the solver.
        on_top: Whether AlignVid acts too.
    """
    if on_top:
        method = ON_TOP if method == BASELINE else f"{method}-{ON_TOP}"
    return method if steps == STEPS else f"{method}-{steps}-steps"


def equal_guidance_settings() -> list[Setting]:
    """The settings that the first run does not have."""
    variants = [
        Setting(
            f"{GUIDED}-{form}",
            f"{form}-based gamma, guidance 2",
            default_config().replace(modulation=form),
            guidance_scale=SCALE,
            against=GUIDED,
        )
        for form in ("energy", "conflict")
    ]
    first = {BASELINE, BLUR, ON_TOP, GUIDED, f"{GUIDED}-{ON_TOP}"}
    crossed = [
        replace(
            method,
            name=name_of(method.name, steps=steps, on_top=on_top),
            config=default_config() if on_top else None,
            steps=steps,
            seeds=3 if steps == STEPS else 1,
            against=name_of(method.name if on_top else method.against, steps=steps),
        )
        for steps in STEP_COUNTS
        for method in (*(UNGUIDED if steps == STEPS else UNGUIDED[:1]), *AT_SCALE)
        for on_top in (False, True)
    ]
    return [*(one for one in crossed if one.name not in first), *variants]
