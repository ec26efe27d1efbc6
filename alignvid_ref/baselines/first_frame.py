"""DyMoS: in the first steps, the other frames attend less to the first one.

After the abstract of the paper (arXiv 2605.19398, NeurIPS 2026), whose method section could not be
read here, and its authors' README and script for Wan2.2: in the self-attention of every block, a
constant is subtracted from the logits of the keys of the reference frame, for the first steps:

    softmax(q k' / sqrt(d) - strength [key in frame 0])

The forwards are as many as without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import torch
from diffusers.models.attention_dispatch import dispatch_attention_fn
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_wan import WanAttnProcessor, _get_qkv_projections
from torch import Tensor, nn

from alignvid_ref.baselines.attachment import (
    StepWatch,
    argument_namer,
    attached,
    eagerly,
    put_layer,
)
from alignvid_ref.baselines.config import DymosConfig
from alignvid_ref.sites import unwrap
from alignvid_ref.swap import Remove
from omiti2v.errors import UserError

# Others take no mask, or read a bias as one.
_BACKENDS = (None, "native", "_native_math", "_native_efficient", "_native_cudnn")


class _Acting:
    """What the attention layers need to know: plain values, which `torch.compile` can guard.

    Attributes:
        on: Whether they act in this forward.
        tokens: Of the first frame, which come first.
    """

    on = False
    tokens = 0


@contextmanager
def dymos(pipe: Any, config: DymosConfig | None = None) -> Iterator[StepWatch]:
    """DyMoS on a Wan image-to-video pipeline, for the length of a `with` block.

    Of the two forwards of classifier-free guidance the one with the prompt is changed alone, in
    all blocks, as in the authors' script. There the constant is subtracted for all queries, also
    those of the first frame itself; the paper tells of the frames that are generated, which is the
    default here (`DymosConfig.queries`). Frames are latent frames. The steps are a share of all,
    where the script counts 8 of Wan2.2's 40.

    Args:
        pipe: Wan2.1 or Wan2.2, with diffusers' own attention processors and torch's attention.
        config: The authors' for Wan2.2 if not given.

    Raises:
        UserError: It does not work on this pipeline or is on it already; inside the block, an
            attention backend that takes no bias, or context parallelism.
    """
    chosen = config or DymosConfig()

    def attach(transformer: nn.Module, watch: StepWatch, removers: list[Remove]) -> None:
        inner: Any = unwrap(transformer)
        acting = _Acting()
        for block in inner.blocks:
            processor = block.attn1.processor
            if type(processor) is not WanAttnProcessor:
                raise UserError(
                    "dymos: needs diffusers' WanAttnProcessor in the self-attention, got "
                    f"{type(processor).__name__}"
                )
            removers.append(_put_attention(block.attn1, acting, chosen))
        removers.append(_put_root(transformer, watch, acting))

    with attached(pipe, "dymos", until=chosen.until, attach=attach) as watch:
        yield watch


def _put_root(transformer: nn.Module, watch: StepWatch, acting: _Acting) -> Remove:
    cls = type(transformer)
    inner: Any = unwrap(transformer)
    _, patch_height, patch_width = inner.config.patch_size

    def enter(arguments: dict[str, Any]) -> None:
        watch.enter(float(arguments["timestep"].max()))
        height, width = arguments["hidden_states"].shape[-2:]
        acting.on = watch.on and watch.is_first
        acting.tokens = (height // patch_height) * (width // patch_width)

    by_name = argument_namer(transformer)
    enter_eagerly = eagerly(enter)

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        enter_eagerly(by_name(args, kwargs))
        return cls.__call__(self, *args, **kwargs)

    return put_layer(transformer, "dymos", call)


def _put_attention(layer: nn.Module, acting: _Acting, config: DymosConfig) -> Remove:
    cls = type(layer)
    by_name = argument_namer(layer)

    def call(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        if not acting.on:
            return cls.__call__(self, *args, **kwargs)
        return _attend(self, acting.tokens, config, **by_name(args, kwargs))

    return put_layer(layer, "dymos", call)


def _attend(
    attn: Any,
    tokens: int,
    config: DymosConfig,
    hidden_states: Tensor,
    encoder_hidden_states: Tensor | None = None,
    attention_mask: Tensor | None = None,
    rotary_emb: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """What `WanAttnProcessor` does in self-attention, with the constant subtracted.

    The queries of the first frame and the others are two calls, so that the bias is one row and
    not a matrix, which for long videos takes gigabytes.
    """
    processor = attn.processor
    if encoder_hidden_states is not None or attention_mask is not None or rotary_emb is None:
        raise UserError("dymos: expected self-attention without a mask, as in diffusers' Wan")
    if processor._attention_backend not in _BACKENDS:
        backend = processor._attention_backend.value
        raise UserError(
            f"dymos: adds a bias to the logits, which attention backend {backend} does not take; "
            "use native"
        )
    if processor._parallel_config is not None:
        raise UserError("dymos: does not work with context parallelism; disable it")
    made: Any = _get_qkv_projections(attn, hidden_states, cast(Any, None))
    query, key, value = attn.norm_q(made[0]), attn.norm_k(made[1]), made[2]
    query, key, value = (part.unflatten(2, (attn.heads, -1)) for part in (query, key, value))
    query, key = _rotated(query, rotary_emb), _rotated(key, rotary_emb)
    bias = query.new_zeros(1, 1, 1, key.shape[1])
    bias[..., :tokens] = -config.strength
    split = tokens if config.queries == "generated" else 0
    parts = [
        dispatch_attention_fn(
            rows, key, value, attn_mask=mask, backend=processor._attention_backend
        )
        for rows, mask in ((query[:, :split], None), (query[:, split:], bias))
        if rows.shape[1]
    ]
    output: Tensor = attn.to_out[1](attn.to_out[0](torch.cat(parts, dim=1).flatten(2, 3)))
    return output


def _rotated(tokens: Tensor, rotary_emb: tuple[Tensor, Tensor]) -> Tensor:
    # Wan's cosines and sines have shape (1, tokens, 1, d), with each value twice.
    values: Any = tuple(part[0, :, 0] for part in rotary_emb)
    rotated: Any = apply_rotary_emb(tokens, values, use_real_unbind_dim=-1, sequence_dim=1)
    return cast(Tensor, rotated)
