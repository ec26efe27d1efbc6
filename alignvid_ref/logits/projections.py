"""Queries, keys and values of an attention layer, as the stock diffusers processors make them.

Both kinds repeat the first half of a diffusers processor, because there is no other way to hold the
query and the key at once: `WanAttnProcessor` for cross attention, `HunyuanVideoAttnProcessor2_0`
for joint attention in single-stream blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from diffusers.models.embeddings import apply_rotary_emb
from diffusers.models.transformers.transformer_wan import (
    _get_added_kv_projections,
    _get_qkv_projections,
)
from torch import Tensor

from alignvid_ref.logits.layout import Layout, joint_groups
from omiti2v.errors import UserError

# WanAttnProcessor hard-codes it: what comes before the last 512 tokens is image.
WAN_TEXT_LENGTH = 512


@dataclass(frozen=True)
class Stream:
    """Keys and values under one softmax.

    Attributes:
        key: Shape (batch, keys, heads, d), normalised and rotated.
        value: Shape (batch, keys, heads, d).
    """

    key: Tensor
    value: Tensor


@dataclass(frozen=True)
class Projected:
    """One attention call, ready for its softmax.

    Attributes:
        query: Shape (batch, queries, heads, d), normalised and rotated.
        streams: One for joint attention; image and text for Wan with an image branch, whose two
            softmaxes are added.
        groups: Groups of the keys of all streams in order, boolean, shape (3, keys); rows as in
            `layout.GROUPS`.
        mask: Boolean as the model passes it, shape (batch, 1, 1, keys); None for no masking.
        padding: The keys that are text padding to which the model attends all the same, boolean,
            shape (batch, keys); None where its mask leaves out what there is.
        video_queries: The queries that are frames being denoised.
        finish: From (batch, queries, heads * d) to what the attention layer returns.
    """

    query: Tensor
    streams: tuple[Stream, ...]
    groups: Tensor
    mask: Tensor | None
    video_queries: slice
    finish: Callable[[Tensor], Any]
    padding: Tensor | None = None

    @property
    def joined_key(self) -> Tensor:
        """The keys of all streams, shape (batch, keys, heads, d)."""
        return torch.cat([stream.key for stream in self.streams], dim=1)

    @property
    def key_mask(self) -> Tensor | None:
        """The keys that say something, shape (batch, keys): neither masked nor padding.

        What is measured is measured on these. What the model computes is `mask`'s business alone.
        """
        if self.mask is None:
            return None if self.padding is None else ~self.padding
        return self.mask[:, 0, 0].expand(self.query.shape[0], -1)

    @property
    def query_mask(self) -> Tensor | None:
        """The mask over queries: in joint attention padding is a query as well as a key."""
        joint = self.mask is not None and self.query.shape[1] == self.groups.shape[1]
        return self.key_mask if joint else None


def project_wan(
    attn: Any,
    hidden_states: Tensor,
    encoder_hidden_states: Tensor,
    attention_mask: Tensor | None,
    rotary_emb: Any,
    *,
    layout: Layout,
) -> Projected:
    """Cross attention of a Wan block over text, or image and text.

    Raises:
        UserError: A mask or rotary embedding is passed, which no Wan pipeline does here.
    """
    if attention_mask is not None or rotary_emb is not None:
        raise UserError(
            "Wan cross attention: expected no mask and no rotary embedding, got one; the energy "
            "and conflict variants support the stock Wan pipelines only"
        )
    image_length = 0
    if attn.add_k_proj is not None:
        image_length = encoder_hidden_states.shape[1] - WAN_TEXT_LENGTH
    query, key, value = _get_qkv_projections(
        attn, hidden_states, encoder_hidden_states[:, image_length:]
    )
    query = _split_heads(attn, attn.norm_q(query))
    text = Stream(_split_heads(attn, attn.norm_k(key)), _split_heads(attn, value))
    streams: tuple[Stream, ...] = (text,)
    if attn.add_k_proj is not None:
        image_key, image_value = _get_added_kv_projections(
            attn, encoder_hidden_states[:, :image_length]
        )
        image_key = _split_heads(attn, attn.norm_added_k(image_key))
        streams = (Stream(image_key, _split_heads(attn, image_value)), text)

    is_image = torch.arange(encoder_hidden_states.shape[1], device=query.device) < image_length
    groups = torch.stack([is_image, torch.zeros_like(is_image), ~is_image])

    def finish(output: Tensor) -> Tensor:
        projected: Tensor = attn.to_out[1](attn.to_out[0](output))
        return projected

    padding = None
    if layout.words is not None:
        padding = torch.zeros(
            len(encoder_hidden_states), len(is_image), dtype=torch.bool, device=query.device
        )
        padding[:, image_length:] = ~layout.words
    return Projected(query, streams, groups, None, slice(None), finish, padding)


def project_joint(
    attn: Any,
    hidden_states: Tensor,
    encoder_hidden_states: Tensor,
    attention_mask: Tensor | None,
    image_rotary_emb: Any,
    *,
    layout: Layout,
) -> Projected:
    """Joint attention of a FramePack or HunyuanVideo single-stream block, [latents, text]."""
    latents, encoder = hidden_states.shape[1], encoder_hidden_states.shape[1]
    tokens = torch.cat([hidden_states, encoder_hidden_states], dim=1)
    query = attn.norm_q(_split_heads(attn, attn.to_q(tokens)))
    key = attn.norm_k(_split_heads(attn, attn.to_k(tokens)))
    value = _split_heads(attn, attn.to_v(tokens))
    query, key = (
        torch.cat([_rotated(part[:, :latents], image_rotary_emb), part[:, latents:]], dim=1)
        for part in (query, key)
    )
    groups = joint_groups(layout, latents=latents, encoder=encoder, device=query.device)

    def finish(output: Tensor) -> tuple[Tensor, Tensor]:
        return output[:, :latents], output[:, latents:]

    video = slice(latents - layout.denoised, latents)
    return Projected(query, (Stream(key, value),), groups, attention_mask, video, finish)


def _split_heads(attn: Any, tokens: Tensor) -> Tensor:
    return tokens.view(*tokens.shape[:2], attn.heads, -1)


def _rotated(tokens: Tensor, rotary_emb: Any) -> Tensor:
    rotated: Any = apply_rotary_emb(tokens, rotary_emb, sequence_dim=1)
    return cast(Tensor, rotated)
