"""The settings of the experiment, all named before any of them was run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alignvid_ref.config import AlignVidConfig
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN
from alignvid_ref.windows import FractionWindow
from evaluators.world import Behaviour
from lab.tiny_wan.sampling import Method

BACKBONE = TINY_WAN
STEPS, GUIDANCE = BACKBONE.steps, BACKBONE.guidance_scale
GAMMAS = (1.1, 1.2, 1.35, 1.5, 2.0)
BASELINE, BLUR, DEFAULT, GUIDED = "baseline", "blur", "gamma-1.35", "guidance-2"
MEASURED = "measured-blocks"
"""The one setting that needs a measurement first: which blocks look at the objects."""

CONTROLS: dict[str, Behaviour] = {"edit-reconstructed": "done", "still-reconstructed": "still"}
"""Rendered clips, encoded and decoded: what a model could reach, and one that ignores prompts."""


@dataclass(frozen=True)
class Setting:
    """One way to make the clips of all samples.

    Attributes:
        name: Names its folder of results.
        description: For tables.
        config: AlignVid's; None for the model alone.
        blurred: Whether the model sees a blurred image.
        guidance_scale: Classifier-free guidance; 1 is none.
        steps: Steps of the solver.
        method: Another method than AlignVid, beside it or alone.
        behaviour: What the rendered clips of a control show; None where the model makes the clips.
        seeds: Clips of each sample at most.
        against: The setting that it is compared with.
    """

    name: str
    description: str
    config: AlignVidConfig | None = None
    blurred: bool = False
    guidance_scale: float = GUIDANCE
    steps: int = STEPS
    method: Method | None = None
    behaviour: Behaviour | None = None
    seeds: int = 3
    against: str = BASELINE


def default_config() -> AlignVidConfig:
    """What `omiti2v generate --backbone tiny-wan --method alignvid` runs."""
    assert BACKBONE.alignvid is not None
    return BACKBONE.alignvid


def fixed_settings() -> list[Setting]:
    """All settings but `measured-blocks`, in the order of the tables."""
    base = default_config()
    every_step = FractionWindow(0, 1)
    decoupled = dict(AlignVidConfig.preset("wan2.1-i2v", form="decoupled").sites)
    variations = {
        "early": ("steps 0 to 30 %", base.replace(window=FractionWindow(0, 0.3))),
        "middle": ("steps 35 to 65 %", base.replace(window=FractionWindow(0.35, 0.65))),
        "late": ("steps 70 to 100 %", base.replace(window=FractionWindow(0.7, 1))),
        "all-steps": ("all steps", base.replace(window=every_step)),
        "all-blocks": ("all blocks", base.replace(blocks=None)),
        "all-blocks-all-steps": (
            "all blocks, all steps",
            base.replace(blocks=None, window=every_step),
        ),
        "decoupled": ("text logits times gamma, not its square", base.replace(sites=decoupled)),
        "energy": ("energy-based gamma", base.replace(modulation="energy")),
        "conflict": ("conflict-aware gamma", base.replace(modulation="conflict")),
        "gamma-0.75": ("gamma 0.75: the opposite of the method", base.replace(gamma=0.75)),
    }
    gamma_text = "gamma {:g}, first half of the blocks, t > 900"
    return [
        *(
            Setting(name, f"rendered `{shown}`, through the autoencoder", behaviour=shown)
            for name, shown in CONTROLS.items()
        ),
        Setting(BASELINE, "the model alone"),
        Setting(BLUR, "the model on a blurred image", blurred=True),
        *(Setting(f"gamma-{g:g}", gamma_text.format(g), base.replace(gamma=g)) for g in GAMMAS),
        *(Setting(name, *rest) for name, rest in variations.items()),
        Setting("more-steps", "the model alone, twice the steps", steps=2 * STEPS),
        Setting(GUIDED, "the model alone, guidance 2", guidance_scale=2.0),
        Setting(
            f"{GUIDED}-{DEFAULT}",
            "gamma 1.35, guidance 2",
            base,
            guidance_scale=2.0,
            against=GUIDED,
        ),
    ]


def measured_setting(blocks: Sequence[int]) -> Setting:
    """The setting whose blocks are those that look most at the objects."""
    return Setting(MEASURED, "measured blocks", default_config().replace(blocks=list(blocks)))
