"""Attention over a prompt's padding, computed once for all of it.

The pipeline pads every prompt with zero vectors to 512 tokens, and Wan's attention has no mask, so
each query also attends to some 495 equal keys. Equal keys with equal values count as one key whose
logit is higher by the logarithm of their number: exact, and a training step takes half the time.
Only training and the experiment do this; the saved model has the stock processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from lab.tiny_wan.tokens import CONTEXT


def padding_bias(mask: Tensor) -> Tensor:
    """What to add to the logits of the text tokens, so that the padding counts as in the pipeline.

    Args:
        mask: True for a prompt's own tokens, shape (prompts, tokens); at least one is False.

    Returns:
        Shape (prompts, 1, 1, tokens).
    """
    own = mask.sum(dim=1, keepdim=True)
    each = (CONTEXT - own) / (mask.shape[1] - own)
    return torch.where(mask, 0.0, each.log())[:, None, None]


class PaddingOnce:
    """Processor of a cross-attention over image tokens and a text of fewer than 512 tokens.

    Args:
        bias: The bias of the batch at hand, from `padding_bias`.
    """

    def __init__(self, bias: Tensor) -> None:
        self.bias = bias

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        attention_mask: Tensor | None = None,
        rotary_emb: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        """As `WanAttnProcessor` does it; shapes as there."""
        split = encoder_hidden_states.shape[1] - self.bias.shape[-1]
        image, text = encoder_hidden_states[:, :split], encoder_hidden_states[:, split:]
        query = _heads(attn, attn.norm_q(attn.to_q(hidden_states)))
        from_text = scaled_dot_product_attention(
            query,
            _heads(attn, attn.norm_k(attn.to_k(text))),
            _heads(attn, attn.to_v(text)),
            attn_mask=self.bias.to(query.dtype),
        )
        from_image = scaled_dot_product_attention(
            query,
            _heads(attn, attn.norm_added_k(attn.add_k_proj(image))),
            _heads(attn, attn.add_v_proj(image)),
        )
        joined = (from_text + from_image).transpose(1, 2).flatten(2)
        output: Tensor = attn.to_out[0](joined)
        return output


@contextmanager
def padding_once(transformer: Any, bias: Tensor) -> Iterator[None]:
    """Have a transformer count its prompts' padding once, for the length of a `with` block.

    Args:
        transformer: Wan's, with the stock processors.
        bias: The bias of the batch at hand, from `padding_bias`.
    """
    layers = [block.attn2 for block in transformer.blocks]
    stock = [layer.processor for layer in layers]
    processor = PaddingOnce(bias)
    for layer in layers:
        layer.processor = processor
    try:
        yield
    finally:
        for layer, before in zip(layers, stock, strict=True):
            layer.processor = before


def _heads(attn: Any, values: Tensor) -> Tensor:
    split: Tensor = values.unflatten(2, (attn.heads, -1))  # type: ignore[no-untyped-call]
    return split.transpose(1, 2)
