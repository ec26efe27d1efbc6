"""Guidance as a baseline: CFG, APG and CFG-Zero*, through diffusers' guiders.

Importing it imports no torch, so that commands can read settings without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from omiti2v.errors import UserError
from omiti2v.records import OrAbsent, Record

Kind = Literal["cfg", "apg", "cfg-zero-star"]

_DEFAULTS: Mapping[str, Mapping[str, float]] = {
    "cfg": {},
    "apg": {"eta": 0.0, "momentum": -0.5, "rescale": 15.0},
    "cfg-zero-star": {"zero_init_steps": 1},
}

# Channels, height and width: APG takes an image as one vector, here each latent frame.
_FRAME = (-4, -2, -1)


class GuidanceConfig(Record):
    """One setting of guidance. A step takes two passes of the transformer, and one at scale 1.

    With v and u the predictions with the prompt and with the negative one, and w the scale:

    - `cfg` (arXiv 2207.12598): u + w (v - u).
    - `apg` (arXiv 2410.02416, algorithm 1): v + (w - 1) d. The sum m is v - u plus `momentum` times
      the m of the step before; d is m, shortened to at most `rescale`, its part along v multiplied
      by `eta`. The defaults are the paper's for Stable Diffusion XL; diffusers' are no momentum and
      eta 1. The paper is about images; here each latent frame is one, where diffusers' default
      takes the video as one vector, whose norm grows with its length.
    - `cfg-zero-star` (arXiv 2503.18886): s u + w (v - s u) with s = <v, u> / |u|^2, and zero at the
      first `zero_init_steps` steps, whose passes are made in vain. The default of 1 is diffusers';
      the authors advise 4 % of the steps.

    Attributes:
        kind: Which.
        scale: From 1, which is no guidance.
        eta: Of `apg`.
        momentum: Of `apg`, negative to push away from earlier steps; 0 for none.
        rescale: Of `apg`: the largest norm of the update of a latent frame; 0 for no bound.
        zero_init_steps: Of `cfg-zero-star`.

    Raises:
        ValidationError: A value is out of its range, or belongs to another kind.
    """

    kind: Kind
    scale: Annotated[float, Field(ge=1)]
    eta: OrAbsent[float] = None
    momentum: OrAbsent[Annotated[float, Field(gt=-1, lt=1)]] = None
    rescale: OrAbsent[Annotated[float, Field(ge=0)]] = None
    zero_init_steps: OrAbsent[Annotated[int, Field(ge=0)]] = None

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {**_DEFAULTS.get(str(data.get("kind")), {}), **data}

    @model_validator(mode="after")
    def _check_kind(self) -> GuidanceConfig:
        given = self.model_dump().keys() - {"kind", "scale"}
        if foreign := sorted(given ^ _DEFAULTS[self.kind].keys()):
            raise ValueError(f"{foreign[0]}: does not go with {self.kind}")
        return self


def make_guider(config: GuidanceConfig) -> Any:
    """The diffusers guider of a config."""
    # Not known to be typed, and heavy.
    diffusers: Any = importlib.import_module("diffusers")
    if config.kind == "cfg":
        return diffusers.ClassifierFreeGuidance(guidance_scale=config.scale)
    if config.kind == "cfg-zero-star":
        return diffusers.ClassifierFreeZeroStarGuidance(
            guidance_scale=config.scale, zero_init_steps=config.zero_init_steps
        )
    return diffusers.AdaptiveProjectedGuidance(
        # Only from the conditional prediction on is it the paper's formula: the update is no
        # longer the difference, so that starting at the other end gives something else.
        guidance_scale=config.scale - 1,
        use_original_formulation=True,
        eta=config.eta,
        adaptive_projected_guidance_momentum=config.momentum,
        adaptive_projected_guidance_rescale=config.rescale,
        adaptive_projected_guidance_norm_dim=_FRAME,
    )


@contextmanager
def guidance(pipe: Any, config: GuidanceConfig) -> Iterator[None]:
    """Give a pipeline another guider for the length of a `with` block.

    Args:
        pipe: One that takes a guider: a modular one (`wan_modular.as_modular` makes one of a
            Wan2.1 I2V), or a HunyuanVideo 1.5.
        config: Which guidance.

    Raises:
        UserError: The pipeline takes no guider.
    """
    previous = getattr(pipe, "guider", None)
    if previous is None:
        raise UserError(
            f"{type(pipe).__name__} takes no guider; of a WanImageToVideoPipeline with an image "
            "branch alignvid_ref.baselines.wan_modular.as_modular makes one that does"
        )
    pipe.guider = make_guider(config)
    try:
        yield
    finally:
        pipe.guider = previous
