"""Clips of many samples at once, as `WanImageToVideoPipeline` makes them one by one.

The pipeline takes one image a call. Here its own parts do the same for a batch: the same
embeddings, latents, solver and steps. Where all queries' logits get one factor, the padding of the
prompts is counted once (`lab.tiny_wan.padding`), which is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from alignvid_ref.attach import alignvid
from alignvid_ref.config import AlignVidConfig
from lab.tiny_wan.condition import decode, encode_first, to_frames, with_mask
from lab.tiny_wan.padding import padding_bias, padding_once
from lab.tiny_wan.parts import SIDE
from lab.tiny_wan.tokens import CONTEXT, LONGEST

AT_ONCE = 25
"""Clips that are denoised together."""


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
        """These clips and the same with another's text, one after the other."""
        return Inputs(
            torch.cat([self.text, other.text.expand_as(self.text)]),
            torch.cat([self.is_word, other.is_word.expand_as(self.is_word)]),
            self.images.repeat(2, 1, 1),
            self.condition.repeat(2, 1, 1, 1, 1),
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
) -> Tensor:
    """Generate clips, not decoded yet: normalised latents, one clip a row.

    Args:
        pipe: The tiny Wan.
        inputs: From `encode_inputs`.
        seeds: Seed of each clip's noise.
        steps: Steps of the solver.
        guidance_scale: Classifier-free guidance with an empty prompt; 1 for none.
        config: AlignVid's settings, where it is to act.
    """
    made = []
    if guidance_scale > 1:
        empty = encode_inputs(pipe, np.zeros((1, SIDE, SIDE, 3), np.uint8), [""])
    for start in range(0, len(seeds), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        some = inputs.part(rows)
        shape = (1, pipe.vae.config.z_dim, *some.condition.shape[2:])
        generators = [torch.Generator().manual_seed(seed) for seed in seeds[rows]]
        noise = torch.cat([torch.randn(shape, generator=one) for one in generators])
        if guidance_scale > 1:
            some = some.with_text(empty)
        # Attached anew for each batch: a gate counts the steps of one run.
        with alignvid(pipe, config) if config else nullcontext():
            made.append(_denoise(pipe, some, noise, steps, guidance_scale, config))
    return torch.cat(made)


def decode_clips(pipe: Any, latents: Tensor) -> NDArray[np.uint8]:
    """The frames of `make_latents`: RGB, shape (clips, 9, 64, 64, 3)."""
    parts = [to_frames(decode(pipe.vae, some)) for some in torch.split(latents, AT_ONCE)]
    frames: NDArray[np.uint8] = torch.cat(parts).numpy()
    return frames


def _denoise(
    pipe: Any,
    inputs: Inputs,
    latents: Tensor,
    steps: int,
    guidance_scale: float,
    config: AlignVidConfig | None,
) -> Tensor:
    passes = len(inputs.text) // len(latents)
    text = inputs.text
    once: AbstractContextManager[None] = nullcontext()
    if config is None or config.modulation == "scalar":
        # One token of padding at least stands for all.
        short = slice(LONGEST + 1)
        text = text[:, short]
        once = padding_once(pipe.transformer, padding_bias(inputs.is_word[:, short]))
    pipe.scheduler.set_timesteps(steps)
    with once:
        for time in pipe.scheduler.timesteps:
            noisy = torch.cat([latents.repeat(passes, 1, 1, 1, 1), inputs.condition], dim=1)
            velocity = pipe.transformer(
                hidden_states=noisy,
                timestep=time.expand(len(noisy)),
                encoder_hidden_states=text,
                encoder_hidden_states_image=inputs.images,
                return_dict=False,
            )[0]
            if passes == 2:
                with_prompt, without = velocity.chunk(2)
                velocity = without + guidance_scale * (with_prompt - without)
            latents = pipe.scheduler.step(velocity, time, latents, return_dict=False)[0]
    return latents
