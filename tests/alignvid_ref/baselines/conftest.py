"""Tiny Wans, and the denoising loop written out, to which methods are compared."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import diffusers
import pytest
import tiny_pipelines
import torch
from tiny_pipelines import TinyPipeline, reference_image
from torch import Tensor

from alignvid_ref.baselines.wan_modular import GuidedWanPipeline, as_modular
from alignvid_ref.generation.backbones.tiny_wan import TINY_WAN

# v(noisy and image latents, timestep, text embeddings) of a step, from its number and these.
Velocity = Callable[[int, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Written:
    """What a plain call of the tiny pipeline gave its transformer.

    Attributes:
        tiny: The caller's own copy.
        first: Of the first forward.
        negative: The text embeddings of the second.
    """

    tiny: tiny_pipelines.TinyPipeline
    first: dict[str, Any]
    negative: Tensor

    def forward(
        self, latents: Tensor, t: Tensor, text: Tensor, *, transformer: Any = None
    ) -> Tensor:
        """One forward of the transformer, or of a copy of it."""
        inputs = self.first | {
            "hidden_states": latents,
            "timestep": t.expand(1),
            "encoder_hidden_states": text,
        }
        called = self.tiny.pipe.transformer if transformer is None else transformer
        with torch.no_grad():
            out: Tensor = called(**inputs)[0]
        return out

    def denoise(self, velocity: Velocity, *, steps: int) -> Tensor:
        """The latents after the steps, each taken along `velocity(number, input, timestep)`."""
        scheduler = copy.deepcopy(self.tiny.pipe.scheduler)
        scheduler.set_timesteps(steps)
        start = self.first["hidden_states"]
        latents, image = start[:, :16], start[:, 16:]
        for number, t in enumerate(scheduler.timesteps):
            v = velocity(number, torch.cat([latents, image], dim=1), t)
            latents = scheduler.step(v, t, latents, return_dict=False)[0]
        return latents

    @property
    def prompt(self) -> Tensor:
        """The text embeddings of the prompt."""
        text: Tensor = self.first["encoder_hidden_states"]
        return text


@cache
def _wan() -> tuple[tiny_pipelines.TinyPipeline, dict[str, Any], Tensor]:
    tiny = tiny_pipelines.wan_i2v()
    # Its output is small beside the noise, and what a method does beside the tolerance.
    tiny.pipe.transformer.proj_out.weight.data.mul_(5)
    seen: list[dict[str, Any]] = []
    hook = tiny.pipe.transformer.register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True
    )
    tiny.run(num_inference_steps=1)
    hook.remove()
    return tiny, seen[0], seen[1]["encoder_hidden_states"]


@pytest.fixture
def wan() -> Written:
    tiny, first, negative = _wan()
    pipe = copy.copy(tiny.pipe)
    own = type(pipe)(**(pipe.components | {"transformer": copy.deepcopy(pipe.transformer)}))
    own.set_progress_bar_config(disable=True)
    return Written(tiny_pipelines.TinyPipeline(own, tiny.call, tiny.blocks), first, negative)


CALL = {
    "image": reference_image(64),
    "prompt": "the red ball turns blue",
    "height": 64,
    "width": 64,
    "num_frames": 9,
    "num_inference_steps": 4,
}


@pytest.fixture(scope="session")
def stock() -> TinyPipeline:
    pipe = diffusers.WanImageToVideoPipeline.from_pretrained(TINY_WAN.packaged)
    pipe.set_progress_bar_config(disable=True)
    return TinyPipeline(pipe, CALL | {"output_type": "latent"})


@pytest.fixture(scope="session")
def modular(stock: TinyPipeline) -> GuidedWanPipeline:
    return as_modular(stock.pipe)


@pytest.fixture
def latents(modular: GuidedWanPipeline) -> Callable[[], torch.Tensor]:
    """The latents of one call of the modular pipeline, with the seed of `stock.run`."""

    def run() -> torch.Tensor:
        return modular(**CALL, generator=torch.Generator().manual_seed(0), output="latents")

    return run
