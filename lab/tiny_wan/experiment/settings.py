"""The settings of the experiment, all named before any of them was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN
from alignvid_ref.windows import FractionWindow
from evaluators.world import Behaviour

BACKBONE = TINY_WAN
STEPS, GUIDANCE = BACKBONE.steps, BACKBONE.guidance_scale
GAMMAS = (1.1, 1.2, 1.35, 1.5, 2.0)
BASELINE, BLUR, DEFAULT = "baseline", "blur", "gamma-1.35"
MEASURED = "measured-blocks"
"""The one setting that has to be measured first: its blocks are."""

GUIDED, MORE_STEPS = "guidance-2", "more-steps"
CONTROLS: dict[str, Behaviour] = {"edit-reconstructed": "done", "still-reconstructed": "still"}
"""Rendered clips, encoded and decoded: what a model could reach, and one that ignores prompts."""

Group = Literal["control", "main", "variant"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to make the clips of all samples.

    Attributes:
        name: Names its folder of results.
        group: `main` settings are run with all seeds, `variant` ones may be with fewer, `control`
            needs no noise.
        description: For tables.
        config: AlignVid's; None for the model alone.
        blurred: Whether the model sees a blurred image.
        guidance_scale: Of classifier-free guidance; 1 is none.
        steps: Of the solver.
        behaviour: Of a control: what its rendered clips show.
        against: The setting that it is compared with.
        can_be_chosen: Whether it takes part in the choice of a best setting.
    """

    name: str
    group: Group
    description: str
    config: AlignVidConfig | None = None
    blurred: bool = False
    guidance_scale: float = GUIDANCE
    steps: int = STEPS
    behaviour: Behaviour | None = None
    against: str = BASELINE
    can_be_chosen: bool = False


def default_config() -> AlignVidConfig:
    """What `omiti2v generate --backbone tiny-wan --method alignvid` runs."""
    assert BACKBONE.alignvid is not None
    return BACKBONE.alignvid


def fixed_settings() -> list[Setting]:
    """All settings but `measured-blocks`, the main ones first."""
    base = default_config()
    settings = [
        Setting(
            name=name,
            group="control",
            description=f"rendered `{behaviour}`, through the autoencoder",
            behaviour=behaviour,
        )
        for name, behaviour in CONTROLS.items()
    ]
    settings += [
        Setting(name=BASELINE, group="main", description="the model alone"),
        Setting(name=BLUR, group="main", description="the model on a blurred image", blurred=True),
    ]
    settings += [
        Setting(
            name=f"gamma-{gamma:g}",
            group="main",
            description=f"gamma {gamma:g}, first half of the blocks, t > 900",
            config=base.replace(gamma=gamma),
            can_be_chosen=True,
        )
        for gamma in GAMMAS
    ]
    decoupled = dict(AlignVidConfig.preset("wan2.1-i2v", form="decoupled").sites)
    variants = {
        "early": ("steps 0 to 30 %", base.replace(window=FractionWindow(0, 0.3))),
        "middle": ("steps 35 to 65 %", base.replace(window=FractionWindow(0.35, 0.65))),
        "late": ("steps 70 to 100 %", base.replace(window=FractionWindow(0.7, 1))),
        "all-steps": ("all steps", base.replace(window=FractionWindow(0, 1))),
        "all-blocks": ("all blocks", base.replace(blocks=None)),
        "all-blocks-all-steps": (
            "all blocks, all steps",
            base.replace(blocks=None, window=FractionWindow(0, 1)),
        ),
        "decoupled": ("text logits times gamma, not its square", base.replace(sites=decoupled)),
        "energy": ("energy-based gamma", base.replace(modulation="energy")),
        "conflict": ("conflict-aware gamma", base.replace(modulation="conflict")),
    }
    settings += [
        Setting(
            name=name,
            group="variant",
            description=description,
            config=config,
            can_be_chosen=True,
        )
        for name, (description, config) in variants.items()
    ]
    settings += [
        Setting(
            name="gamma-0.75",
            group="variant",
            description="gamma 0.75: the opposite of the method",
            config=base.replace(gamma=0.75),
        ),
        Setting(
            name=MORE_STEPS,
            group="variant",
            description="the model alone, twice the steps",
            steps=2 * STEPS,
        ),
        Setting(
            name=GUIDED,
            group="variant",
            description="the model alone, guidance 2",
            guidance_scale=2.0,
        ),
        Setting(
            name=f"{GUIDED}-{DEFAULT}",
            group="variant",
            description="gamma 1.35, guidance 2",
            config=base,
            guidance_scale=2.0,
            against=GUIDED,
        ),
    ]
    return settings


def measured_setting(blocks: Sequence[int]) -> Setting:
    """The setting whose blocks are those that look most at the objects."""
    return Setting(
        name=MEASURED,
        group="variant",
        description="measured blocks",
        config=default_config().replace(blocks=list(blocks)),
        can_be_chosen=True,
    )
