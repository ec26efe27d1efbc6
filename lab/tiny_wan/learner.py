"""One step of the tiny Wan's training: flow matching on what the pipeline would feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import mse_loss
from transformers import PreTrainedTokenizerFast

from lab.chunks import Arrays
from lab.tiny_wan.condition import to_pixels, with_mask
from lab.tiny_wan.padding import padding_bias, padding_once
from lab.tiny_wan.parts import (
    FLOW_SHIFT,
    TRAIN_TIMESTEPS,
    build_image_encoder,
    build_pipeline,
    build_text_encoder,
    build_transformer,
)
from lab.tiny_wan.tokens import encode_prompts

PROMPT_DROPOUT = 0.1
"""Share of clips that are learnt from without their prompt."""


@dataclass(frozen=True)
class WanBatch:
    """What a step learns from.

    Attributes:
        target: Latents of the clips, normalised, shape (clips, 8, 3, 16, 16).
        condition: Latents of the first frames, normalised, the same shape.
        pixels: First frames for the image encoder, shape (clips, 3, 64, 64).
        tokens: Tokens of the prompts, zero after the end, shape (clips, 24).
        noise: Shape of `target`.
        sigmas: Share of noise, shape (clips,), 0 to 1.
    """

    target: Tensor
    condition: Tensor
    pixels: Tensor
    tokens: Tensor
    noise: Tensor
    sigmas: Tensor


class WanLearner(nn.Module):
    """The parts of the pipeline that are trained together.

    Args:
        tokenizer: The tiny Wan's.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.transformer: Any = build_transformer()
        self.text_encoder = build_text_encoder()
        self.image_encoder = build_image_encoder()

    def inputs(self, batch: WanBatch) -> dict[str, Tensor]:
        """What the pipeline passes to the transformer, but for the padding beyond 24 tokens."""
        share = batch.sigmas.view(-1, 1, 1, 1, 1)
        noisy = share * batch.noise + (1 - share) * batch.target
        mask = batch.tokens > 0
        text = self.text_encoder(batch.tokens, mask.long()).last_hidden_state
        image = self.image_encoder(batch.pixels, output_hidden_states=True).hidden_states[-2]
        return {
            "hidden_states": torch.cat([noisy, with_mask(batch.condition)], dim=1),
            # The solver's timesteps are whole numbers, rounded down.
            "timestep": (batch.sigmas * TRAIN_TIMESTEPS).long(),
            "encoder_hidden_states": text * mask[..., None],
            "encoder_hidden_states_image": image,
        }

    def loss(self, batch: WanBatch) -> Tensor:
        """Mean squared error of each clip's velocity, shape (clips,)."""
        bias = padding_bias(batch.tokens > 0)
        # Backwards, the fused kernel takes half of a step on a CPU.
        with padding_once(self.transformer, bias), sdpa_kernel(SDPBackend.MATH):
            velocity = self.transformer(**self.inputs(batch), return_dict=False)[0]
        error = mse_loss(velocity.float(), batch.noise - batch.target, reduction="none")
        return error.flatten(1).mean(dim=1)

    def pipeline(self, vae: Any) -> Any:
        """The `WanImageToVideoPipeline` of these parts."""
        return build_pipeline(
            tokenizer=self.tokenizer,
            vae=vae,
            transformer=self.transformer,
            text_encoder=self.text_encoder,
            image_encoder=self.image_encoder,
        )


def draw_batch(
    chunk: Arrays, rows: NDArray[np.int64], tokenizer: PreTrainedTokenizerFast, seed: int
) -> WanBatch:
    """Clips of a chunk with noise, and some without their prompt.

    Sigmas are spread as the solver's steps are, more of them where there is much noise.

    Args:
        chunk: From `Pool.load`.
        rows: Which clips.
        tokenizer: The tiny Wan's.
        seed: Decides all that is drawn.
    """
    generator = torch.Generator().manual_seed(seed)
    target, condition = (torch.from_numpy(chunk[n][rows]).float() for n in ("target", "condition"))
    tokens = torch.from_numpy(chunk["tokens"][rows]).long()
    dropped = torch.rand(len(rows), generator=generator) < PROMPT_DROPOUT
    tokens[dropped] = torch.from_numpy(encode_prompts(tokenizer, [""])).long()
    even = torch.rand(len(rows), generator=generator)
    return WanBatch(
        target=target,
        condition=condition,
        pixels=to_pixels(torch.from_numpy(chunk["first"][rows])),
        tokens=tokens,
        noise=torch.randn(target.shape, generator=generator),
        sigmas=FLOW_SHIFT * even / (1 + (FLOW_SHIFT - 1) * even),
    )
