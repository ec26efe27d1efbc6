"""Clips of many samples at once, as `WanImageToVideoPipeline` makes them one by one.

The pipeline takes one image a call. Here its own parts do the same for a batch: the same
embeddings, latents, solver and steps. Where all queries' logits get one factor, the padding of the
prompts is counted once (`lab.tiny_wan.padding`), which is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from alignvid_ref.attach import alignvid
from alignvid_ref.baselines import AlgConfig, DymosConfig, alg, dymos
from alignvid_ref.baselines.guidance import GuidanceConfig, make_guider
from alignvid_ref.config import AlignVidConfig
from lab.tiny_wan.condition import decode, encode_first, to_frames, with_mask
from lab.tiny_wan.padding import padding_bias, padding_once
from lab.tiny_wan.parts import SIDE
from lab.tiny_wan.tokens import CONTEXT, LONGEST

AT_ONCE = 25
"""Clips that are denoised together."""

Method = AlgConfig | DymosConfig | GuidanceConfig


@dataclass(frozen=True)
class Inputs:
    """What the transformer is given beside the noise.

    Attributes:
        text: Shape (clips, 512, width), zero after a prompt's end.
        is_word: True for a prompt's own tokens, shape (clips, 512).
        images: Image tokens, shape (clips, tokens, width).
        condition: Mask and latents of the first frames, shape (clips, channels, 3, side, side).
    """

    text: Tensor
    is_word: Tensor
    images: Tensor
    condition: Tensor

    def part(self, rows: slice) -> Inputs:
        """Some of the clips."""
        return Inputs(**{name: values[rows] for name, values in vars(self).items()})

    def with_text(self, other: Inputs) -> Inputs:
        """These clips with another's text."""
        return replace(
            self,
            text=other.text.expand_as(self.text),
            is_word=other.is_word.expand_as(self.is_word),
        )


@torch.no_grad()
def encode_inputs(pipe: Any, pictures: NDArray[np.uint8], prompts: Sequence[str]) -> Inputs:
    """Encode prompts and first frames.

    Args:
        pipe: The tiny Wan.
        pictures: RGB, shape (clips, 64, 64, 3).
        prompts: One each.
    """
    tokens = pipe.tokenizer(
        list(prompts), padding="max_length", max_length=CONTEXT, return_tensors="pt"
    )
    firsts = torch.split(torch.from_numpy(pictures), AT_ONCE)
    return Inputs(
        text=pipe.encode_prompt(
            list(prompts), do_classifier_free_guidance=False, max_sequence_length=CONTEXT
        )[0],
        is_word=tokens.attention_mask.bool(),
        images=pipe.encode_image([PIL.Image.fromarray(picture) for picture in pictures]),
        condition=torch.cat([with_mask(encode_first(pipe.vae, some)) for some in firsts]),
    )


@torch.no_grad()
def make_latents(
    pipe: Any,
    inputs: Inputs,
    seeds: Sequence[int],
    *,
    steps: int,
    guidance_scale: float = 1.0,
    config: AlignVidConfig | None = None,
    method: Method | None = None,
) -> Tensor:
    """Generate clips, not decoded yet: normalised latents, one clip a row.

    Args:
        pipe: The tiny Wan.
        inputs: From `encode_inputs`.
        seeds: Seed of each clip's noise.
        steps: Steps of the solver.
        guidance_scale: Classifier-free guidance with an empty prompt; 1 for none.
        config: AlignVid's settings, where it is to act.
        method: Another method; a guider is of the same scale.
    """
    made = []
    if guidance_scale > 1:
        empty = encode_inputs(pipe, np.zeros((1, SIDE, SIDE, 3), np.uint8), [""])
    guided = method if isinstance(method, GuidanceConfig) else None
    for start in range(0, len(seeds), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        some = inputs.part(rows)
        shape = (1, pipe.vae.config.z_dim, *some.condition.shape[2:])
        generators = [torch.Generator().manual_seed(seed) for seed in seeds[rows]]
        noise = torch.cat([torch.randn(shape, generator=one) for one in generators])
        passes = [some, some.with_text(empty)] if guidance_scale > 1 else [some]
        guider = make_guider(guided or GuidanceConfig(kind="cfg", scale=guidance_scale))
        pipe._guidance_scale = guidance_scale  # which `alg` asks for
        is_scalar = config is None or config.modulation == "scalar"
        # Attached anew for each batch: a gate counts the steps of one run.
        with (
            alignvid(pipe, config) if config else nullcontext(),
            _attached(pipe, method),
        ):
            made.append(_denoise(pipe, passes, noise, steps, guider, short=is_scalar))
    return torch.cat(made)


def decode_clips(pipe: Any, latents: Tensor) -> NDArray[np.uint8]:
    """The frames of `make_latents`: RGB, shape (clips, 9, 64, 64, 3)."""
    parts = [to_frames(decode(pipe.vae, some)) for some in torch.split(latents, AT_ONCE)]
    frames: NDArray[np.uint8] = torch.cat(parts).numpy()
    return frames


def _attached(pipe: Any, method: Method | None) -> AbstractContextManager[Any]:
    if isinstance(method, AlgConfig):
        return alg(pipe, method)
    return dymos(pipe, method) if isinstance(method, DymosConfig) else nullcontext()


def _denoise(
    pipe: Any, passes: Sequence[Inputs], latents: Tensor, steps: int, guider: Any, *, short: bool
) -> Tensor:
    pipe.scheduler.set_timesteps(steps)
    for step, time in enumerate(pipe.scheduler.timesteps):
        guider.set_state(step=step, num_inference_steps=steps, timestep=time)
        guider.prepare_inputs({})
        velocities = [_forward(pipe, one, latents, time, short=short) for one in passes]
        velocity = guider.forward(*velocities).pred if len(passes) > 1 else velocities[0]
        latents = pipe.scheduler.step(velocity, time, latents, return_dict=False)[0]
    return latents


def _forward(pipe: Any, inputs: Inputs, latents: Tensor, time: Tensor, *, short: bool) -> Tensor:
    text = inputs.text
    once: AbstractContextManager[None] = nullcontext()
    if short:
        # One token of padding at least stands for all.
        own = slice(LONGEST + 1)
        text = text[:, own]
        once = padding_once(pipe.transformer, padding_bias(inputs.is_word[:, own]))
    with once:
        velocity: Tensor = pipe.transformer(
            hidden_states=torch.cat([latents, inputs.condition], dim=1),
            timestep=time.expand(len(latents)),
            encoder_hidden_states=text,
            encoder_hidden_states_image=inputs.images,
            return_dict=False,
        )[0]
    return velocity
